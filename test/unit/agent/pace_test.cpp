#include <fleetman/agent/pace.hpp>

#include <catch2/catch.hpp>

#include <set>

using namespace fleetman;
using namespace std::chrono_literals;
using agent::pace;

namespace {

std::uint64_t least(std::uint64_t)
{
    return 0;
}
std::uint64_t most(std::uint64_t limit)
{
    return limit - 1;
}

milliseconds after(unsigned failures, milliseconds interval, std::uint64_t (*chance)(std::uint64_t))
{
    pace rhythm(chance);
    for (unsigned i = 0; i < failures; ++i)
        rhythm.failed();
    return rhythm.next(interval);
}

} // namespace

TEST_CASE("while all is well the pause is the interval and up to a tenth more", "[agent]")
{
    CHECK(after(0, 30s, least) == 30s);
    CHECK(after(0, 30s, most) == 33s);
    CHECK(after(0, 1ms, most) == 1ms);
}

TEST_CASE("each failure doubles the longest pause, up to five minutes; any shorter one is as likely", "[agent]")
{
    CHECK(after(1, 30s, most) == 60s);
    CHECK(after(2, 30s, most) == 120s);
    CHECK(after(3, 30s, most) == 240s);
    CHECK(after(4, 30s, most) == 300s);
    CHECK(after(1000, 30s, most) == 300s);
    CHECK(after(1000, 1ms, most) == 300s);
    CHECK(after(1000, 30s, least) == 30s);
}

TEST_CASE("an interval longer than five minutes is not cut short by failures", "[agent]")
{
    CHECK(after(3, 10min, least) == 10min);
    CHECK(after(3, 10min, most) == 11min);
}

TEST_CASE("a success ends the waiting, and a fleet comes back spread over all of it", "[agent]")
{
    pace rhythm(most);
    rhythm.failed();
    CHECK(rhythm.failing());
    rhythm.succeeded();
    CHECK(rhythm.next(30s) == 33s);

    std::set<long> minutes;
    pace real;
    for (unsigned i = 0; i < 10; ++i)
        real.failed();
    for (unsigned i = 0; i < 500; ++i)
        minutes.insert(std::chrono::duration_cast<std::chrono::minutes>(real.next(30s)).count());
    CHECK(minutes.size() >= 5);
}
