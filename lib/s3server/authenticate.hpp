#pragma once

#include "access_keys.hpp"

#include <fleetman/core/clock.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/http/message.hpp>
#include <fleetman/sigv4/signature.hpp>

#include <memory>
#include <optional>
#include <string>

// Whether a request comes from someone who knows the secret key, and what it claims about its body (Amazon S3 API
// reference, "Authenticating Requests (AWS Signature Version 4)").

namespace fleetman::s3server {

// Signs what follows the head of a streamed upload: each chunk's signature covers the one before.
struct chunk_signing
{
    sha256_digest key;
    std::string timestamp;
    std::string scope;
    std::string seed; // the request's own signature
};

struct body_claim
{
    std::string sha256;   // hex, of the whole body; empty: not claimed
    bool chunked = false; // the aws-chunked coding is inside the HTTP framing
    bool trailer = false; // fields follow the last chunk
    std::optional<chunk_signing> signing;
};

struct authenticated
{
    std::shared_ptr<const key_holder> who;
    body_claim body;
};

// Fails with one of S3's faults: access_denied (no signature, expired, or a field left unsigned),
// invalid_access_key_id, request_time_too_skewed, signature_does_not_match, or a malformed_… one.
result<authenticated> authenticate(const http::request& asked, const access_keys& known, wall_time now);

} // namespace fleetman::s3server
