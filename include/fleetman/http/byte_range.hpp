#pragma once

#include <cstdint>
#include <string_view>

// Which part of a file a client asks for (RFC 9110 section 14).

namespace fleetman::http {

struct byte_range
{
    enum class kind
    {
        whole,        // no field, or one that is to be ignored
        part,         // `length` bytes from byte `first` on, all of them there
        unsatisfiable // 416
    };

    kind what = kind::whole;
    std::uint64_t first = 0;
    std::uint64_t length = 0;

    bool operator==(const byte_range&) const = default;
};

// `field` is a Range field's value, `size` that of the whole in bytes. What is malformed, in another unit or of several
// parts is ignored, as section 14.2 allows: the client gets the whole.
byte_range parse_range(std::string_view field, std::uint64_t size);

} // namespace fleetman::http
