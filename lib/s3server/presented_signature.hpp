#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/http/message.hpp>
#include <fleetman/sigv4/signature.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

// The signature as a request presents it, from the Authorization field or from the query, before anything is verified.

namespace fleetman::s3server {

struct presented_signature
{
    std::string access_key;
    sigv4::scope scope;
    std::vector<std::string> signed_headers; // lower case
    std::string signature;                   // hex
    std::string timestamp;                   // "20260105T100000Z"
    wall_time time;
    std::optional<std::chrono::seconds> valid_for; // presigned queries only
    std::string payload_hash;                      // what the signature covers in place of the body

    bool covers(std::string_view header) const;
};

// Fails with access_denied when there is none, authorization_header_malformed or authorization_query_parameters_error
// when it is not one.
result<presented_signature> read_signature(const http::request& asked);

} // namespace fleetman::s3server
