#include <fleetman/core/text.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/memory.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <vector>

using namespace fleetman;

namespace {

std::size_t resident_pages()
{
    return parse_integer<std::size_t>(split(host::read_file("/proc/self/statm", 4096).value(), ' ').at(1)).value();
}

} // namespace

TEST_CASE("what was freed and what was only read is given back, and the program goes on", "[host]")
{
    constexpr std::size_t pieces = 100'000;
    constexpr std::size_t piece = 512; // too small for the allocator to map each
    std::vector<std::unique_ptr<char[]>> all;
    all.reserve(pieces);
    for (std::size_t i = 0; i < pieces; ++i)
        all.push_back(std::make_unique<char[]>(piece));
    const std::unique_ptr<char[]> last = std::make_unique<char[]>(piece); // keeps the heap from shrinking by itself
    const std::size_t before = resident_pages();
    all.clear();
    host::give_back_memory();
    const std::size_t after = resident_pages();
    CHECK(before - after > pieces * piece / 4096 / 2);
    CHECK(last[piece - 1] == 0);
}
