#include "utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace fleetman::s3server {

namespace {

// The length that a first byte announces, 0 when it cannot be one.
std::size_t sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

// The least code point that needs so many bytes: below it, the form is overlong.
constexpr std::uint32_t least_of_length[] = {0, 0, 0x80, 0x800, 0x10000};

} // namespace

bool is_utf8(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto first = static_cast<unsigned char>(bytes.front());
        const std::size_t length = sequence_length(first);
        if (length == 0 || length > bytes.size())
            return false;
        std::uint32_t point = length == 1 ? first : first & (0x7fU >> length);
        for (std::size_t i = 1; i < length; ++i) {
            const auto next = static_cast<unsigned char>(bytes[i]);
            if ((next & 0xc0) != 0x80)
                return false;
            point = (point << 6) | (next & 0x3fU);
        }
        if (point < least_of_length[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return false;
        bytes.remove_prefix(length);
    }
    return true;
}

} // namespace fleetman::s3server
