#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// What every fuzz target shares: the input as text, and a check that stops the run with the input at hand.

namespace fleetman::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

// Not assert(): it must also hold in builds that leave assertions out.
inline void must(bool holds)
{
    if (!holds)
        __builtin_trap();
}

} // namespace fleetman::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
