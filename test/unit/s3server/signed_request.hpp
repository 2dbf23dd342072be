#pragma once

#include "../../../lib/s3server/authenticate.hpp"

#include <fleetman/core/timestamp.hpp>

#include <string>

// Requests as a client would sign them.

namespace fleetman::testing {

inline const s3server::credentials keys{"AKIA/EXAMPLE", secret("wJalrXUtnFEMI/K7MDENG")};
inline const wall_time noon = parse_rfc3339("2026-01-05T12:00:00Z").value();

struct unsigned_request
{
    http::verb method = http::verb::put;
    std::string path = "/fleet/a%20b%2Fc";
    std::vector<std::pair<std::string, std::string>> query;
    std::vector<std::pair<std::string, std::string>> headers{{"Host", "store.test:9000"}};
    std::string payload_hash = std::string(sigv4::unsigned_payload);
};

// With the Authorization field of `with`, made at `when`.
http::request sign(unsigned_request wanted, const s3server::credentials& with = keys, wall_time when = noon);

// With its signature in the query.
http::request presign(unsigned_request wanted, int seconds, wall_time when = noon);

} // namespace fleetman::testing
