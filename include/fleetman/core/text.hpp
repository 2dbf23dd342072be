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

// Whether the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF).
bool is_utf8(std::string_view bytes);

// The same text, with U+FFFD for what is not: JSON holds nothing else.
std::string as_utf8(std::string_view bytes);

// Whether a byte below 0x20 or DEL is in it: what must not reach a log line, a unit file or a key.
bool has_control_character(std::string_view text);

// Text from outside as a message may show it: in double quotes, control characters and quotes escaped, bytes that
// are not UTF-8 replaced, cut after 80 bytes.
std::string in_quotes(std::string_view text);

// The whole text as a decimal number, or nothing: no sign for unsigned types, no blanks, no overflow.
template <class Integer>
std::optional<Integer> parse_integer(std::string_view text)
{
    Integer value{};
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto [last, failure] = std::from_chars(begin, end, value);
    if (failure != std::errc() || last != end)
        return std::nullopt;
    return value;
}

} // namespace fleetman
