#pragma once

#include "session.hpp"

#include <cstdint>
#include <functional>
#include <string>

// Bodies that are too long for one put, or of which nobody knows the length.

namespace fleetman::s3 {

// Exactly `length` bytes. Reads part after part into memory while those before it are being sent; when other uploads
// have all the buffers, part after part passes through without.
task<result<std::string>> put_in_parts(session& on, std::string key, byte_source& body, std::uint64_t length);

// To the end of the source. Waits for the buffers; what fits into one part goes to `put_whole`.
task<result<std::string>> put_to_the_end(
    session& on, std::string key, byte_source& body, std::function<task<result<std::string>>(std::string)> put_whole);

} // namespace fleetman::s3
