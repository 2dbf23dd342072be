#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/secret.hpp>
#include <fleetman/sigv4/encoding.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// AWS Signature Version 4 as pure functions (Amazon S3 API reference, "Authenticating Requests: Using the Authorization
// Header" and "… Query Parameters"). The client signs with them and the embedded store verifies with the same ones.

namespace fleetman::sigv4 {

inline constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view empty_payload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// What of a request is signed.
struct canonical_parts
{
    std::string method;                                       // "GET"
    std::string encoded_path;                                 // as it is sent: "/bucket/a%20b"
    query_parameters query;                                   // decoded; without X-Amz-Signature
    std::vector<std::pair<std::string, std::string>> headers; // those that are signed, `host` among them; any case
    std::string payload_hash; // hex SHA-256 of the body, unsigned_payload, or a STREAMING- form
};

// "20260105/us-east-1/s3/aws4_request": where and when a signature holds.
struct scope
{
    std::string date; // yyyymmdd
    std::string region;
    std::string service = "s3";

    static scope at(wall_time when, std::string region);
    std::string str() const;
    bool operator==(const scope&) const = default;
};

// "host;x-amz-date": lower case, sorted, joined by ";".
std::string signed_headers(const canonical_parts& parts);

std::string canonical_request(const canonical_parts& parts);

// Both at once, for whoever needs both.
struct canonical_form
{
    std::string signed_headers;
    std::string request;
};
canonical_form canonical(const canonical_parts& parts);

// `timestamp` is core's sigv4_timestamp().
std::string string_to_sign(std::string_view timestamp, const scope& of, std::string_view canonical_request);

// The key for a scope: four HMACs (3 µs), so callers keep it for the day.
sha256_digest derive_key(const secret& secret_key, const scope& of);

// Hex HMAC of the string to sign.
std::string signature(const sha256_digest& key, std::string_view string_to_sign);

// The value of the Authorization header.
std::string authorization(
    std::string_view access_key, const scope& of, std::string_view signed_headers, std::string_view signature);

} // namespace fleetman::sigv4
