#include <fleetman/core/bytes.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;

TEST_CASE("a body in memory comes out in pieces and ends with an empty one", "[core]")
{
    string_source body("abcde");
    CHECK(testing::run(body.read(2)).value() == "ab");
    CHECK(testing::run(body.read(2)).value() == "cd");
    CHECK(testing::run(body.read(2)).value() == "e");
    CHECK(testing::run(body.read(2)).value().empty());
    CHECK(testing::run(body.read(2)).value().empty());
}

TEST_CASE("copying moves everything and counts it", "[core]")
{
    const std::string whole(3 * copy_block_bytes + 17, 'x');
    string_source from(whole);
    string_sink to(whole.size());
    CHECK(testing::run(copy_bytes(from, to)).value() == whole.size());
    CHECK(to.take() == whole);
}

TEST_CASE("a sink in memory refuses what is past its cap", "[core]")
{
    string_source from("four");
    string_sink to(3);
    const auto outcome = testing::run(copy_bytes(from, to));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::too_large);
    CHECK(outcome.error().message() == "more than 3 bytes");
}
