#include "fuzz.hpp"

#include <fleetman/core/text_diff.hpp>

// Any two texts: a diff of bounded size, none exactly when they are equal.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view all = fuzz::text(data, size);
    const std::size_t middle = all.find('\0');
    const std::string_view from = all.substr(0, middle);
    const std::string_view to = middle == std::string_view::npos ? std::string_view() : all.substr(middle + 1);
    constexpr diff_limits limits{.edits = 200, .output_bytes = 4096};
    if (const auto diff = unified_diff(from, to, limits)) {
        fuzz::must(diff->size() <= limits.output_bytes);
        fuzz::must(diff->empty() == (from == to));
    }
    return 0;
}
