#include <fleetman/core/text.hpp>

#include <algorithm>

namespace fleetman {
namespace {

// How many bytes the well-formed UTF-8 sequence at the front has, or 0 (RFC 3629 section 4).
std::size_t utf8_sequence(std::string_view bytes)
{
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return i < bytes.size() && at(i) >= low && at(i) <= high;
    };
    const unsigned lead = at(0);
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return continues(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : 0xBF;
        return continues(1, low, high) && continues(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
        return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

bool is_control(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string escaped(char c)
{
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
    }
    if (!is_control(c))
        return std::string(1, c);
    const auto byte = static_cast<unsigned char>(c);
    return std::string{'\\', 'x', digits[byte / 16U], digits[byte % 16U]};
}

} // namespace

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower_case(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

bool is_utf8(std::string_view bytes)
{
    while (!bytes.empty()) {
        const std::size_t length = utf8_sequence(bytes);
        if (length == 0)
            return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string as_utf8(std::string_view bytes)
{
    std::string text;
    while (!bytes.empty()) {
        const std::size_t length = utf8_sequence(bytes);
        text += length == 0 ? std::string_view("\uFFFD") : bytes.substr(0, length);
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return text;
}

bool has_control_character(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), is_control);
}

std::string in_quotes(std::string_view text)
{
    constexpr std::size_t most = 80;
    std::string shown = "\"";
    std::size_t used = 0;
    while (!text.empty() && used < most) {
        const std::size_t length = utf8_sequence(text);
        if (length == 0)
            shown += "\uFFFD";
        else if (length == 1)
            shown += escaped(text.front());
        else
            shown += text.substr(0, length);
        const std::size_t taken = std::max<std::size_t>(length, 1);
        text.remove_prefix(taken);
        used += taken;
    }
    shown += text.empty() ? "\"" : "…\"";
    return shown;
}

} // namespace fleetman
