#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// What changed between two texts, line by line, as people and patch(1) read it.

namespace fleetman {

struct diff_limits
{
    std::size_t edits = 1000;           // lines removed and added; work and memory grow with its square
    std::size_t output_bytes = 262'144; // of the result
};

// The fewest removed and added lines (Myers, "An O(ND) difference algorithm and its variations", 1986), as hunks of a
// unified diff with three lines around each change; without the two lines that name files. Empty when the texts are
// equal, nothing when they differ by more than the limits.
std::optional<std::string> unified_diff(std::string_view from, std::string_view to, diff_limits limits = {});

} // namespace fleetman
