#pragma once

#include <cctype>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The few text operations that the standard library leaves out.

namespace fleetman {

// "a/b//c" split at '/' is {"a", "b", "", "c"}; an empty text is {""}.
std::vector<std::string> split(std::string_view text, char separator);

// Without blanks, tabs and line ends at both ends.
std::string_view trimmed(std::string_view text);

// ASCII only, whatever the locale.
std::string lower_case(std::string_view text);

// The whole text as a decimal number, or nothing: no sign for unsigned types, no blanks, no overflow.
template <class Integer>
std::optional<Integer> parse_integer(std::string_view text)
{
    Integer value{};
    const char* const end = text.data() + text.size();
    const auto [last, failure] = std::from_chars(text.data(), end, value);
    if (failure != std::errc() || last != end)
        return std::nullopt;
    return value;
}

} // namespace fleetman
