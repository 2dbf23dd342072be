#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The one spelling of paths and queries that SigV4 signs ("Create a canonical request", Amazon S3 API reference). A
// request is encoded once and those bytes are both signed and sent.

namespace fleetman::sigv4 {

using query_parameters = std::vector<std::pair<std::string, std::string>>; // decoded

// Every byte but A-Z a-z 0-9 - . _ ~ as %XX, upper case.
std::string encode(std::string_view text);

// The same, leaving "/" as it is: object keys in a path.
std::string encode_path(std::string_view path);

// Encoded, ordered by the encoded name and then value, joined by "&"; a parameter without a value keeps its "=".
std::string canonical_query(const query_parameters& parameters);

} // namespace fleetman::sigv4
