#include "fuzz.hpp"

#include <fleetman/http/byte_range.hpp>

#include <algorithm>

// Whatever a Range field says, the part lies inside the file.

using namespace fleetman;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::uint64_t length = 0;
    const std::size_t taken = std::min(size, sizeof length);
    std::copy_n(data, taken, reinterpret_cast<std::uint8_t*>(&length));
    const http::byte_range range = http::parse_range(fuzz::text(data + taken, size - taken), length);
    if (range.what == http::byte_range::kind::part)
        fuzz::must(range.length > 0 && range.first < length && range.length <= length - range.first);
    return 0;
}
