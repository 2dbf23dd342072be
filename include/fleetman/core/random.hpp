#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

// Unpredictable identifiers (RAND_bytes), and cheap randomness for jitter.

namespace fleetman {

// 2 * bytes lowercase hex digits.
std::string random_hex(std::size_t bytes);

// Uniform in [0, limit); for jitter, not for secrets.
std::uint64_t random_below(std::uint64_t limit);

} // namespace fleetman
