#include <fleetman/core/digest.hpp>
#include <fleetman/core/random.hpp>

#include <openssl/rand.h>

#include <random>
#include <stdexcept>

namespace fleetman {

std::string random_hex(std::size_t bytes)
{
    std::string raw(bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1)
        throw std::runtime_error("the system has no randomness to give");
    return to_hex(raw);
}

std::uint64_t random_below(std::uint64_t limit)
{
    if (limit < 2)
        return 0;
    static thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(engine);
}

} // namespace fleetman
