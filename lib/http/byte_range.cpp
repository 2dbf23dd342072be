#include <fleetman/core/text.hpp>
#include <fleetman/http/byte_range.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace fleetman::http {

namespace {

bool is_number(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Of digits; one that is too large for any file is the largest that there is.
std::uint64_t saturated(std::string_view digits)
{
    return parse_integer<std::uint64_t>(digits).value_or(std::numeric_limits<std::uint64_t>::max());
}

byte_range last_bytes(std::uint64_t count, std::uint64_t size)
{
    if (count == 0)
        return {.what = byte_range::kind::unsatisfiable};
    if (size == 0)
        return {}; // all of nothing, which no Content-Range can say
    const std::uint64_t length = std::min(count, size);
    return {byte_range::kind::part, size - length, length};
}

} // namespace

byte_range parse_range(std::string_view field, std::uint64_t size)
{
    constexpr std::string_view unit = "bytes=";
    if (lower_case(field.substr(0, unit.size())) != unit)
        return {};
    const std::string_view part = trimmed(field.substr(unit.size()));
    const std::size_t dash = part.find('-');
    if (dash == std::string_view::npos)
        return {};
    const std::string_view from = part.substr(0, dash);
    const std::string_view to = part.substr(dash + 1);
    if (from.empty())
        return is_number(to) ? last_bytes(saturated(to), size) : byte_range{};
    if (!is_number(from) || (!to.empty() && !is_number(to)))
        return {};
    const std::uint64_t first = saturated(from);
    const std::uint64_t last = to.empty() ? std::numeric_limits<std::uint64_t>::max() : saturated(to);
    if (last < first)
        return {};
    if (first >= size)
        return {.what = byte_range::kind::unsatisfiable};
    return {byte_range::kind::part, first, std::min(last, size - 1) - first + 1};
}

} // namespace fleetman::http
