#include <fleetman/core/clock.hpp>
#include <fleetman/core/deadline.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace std::chrono_literals;

namespace {

task<result<int>> answer_after(milliseconds delay)
{
    system_clock time;
    co_await time.sleep(delay);
    co_return 42;
}

} // namespace

TEST_CASE("work that ends in time keeps its answer", "[core]")
{
    CHECK(testing::run(with_deadline(answer_after(1ms), 10s)).value() == 42);
}

TEST_CASE("work that takes too long is given up as unavailable", "[core]")
{
    const auto outcome = testing::run(with_deadline(answer_after(60s), 5ms));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::unavailable);
    CHECK(outcome.error().message() == "no answer within 5 ms");
}

TEST_CASE("an exception from the work ends the wait and reaches the caller", "[core]")
{
    task<result<int>> broken = []() -> task<result<int>> {
        throw std::logic_error("a bug");
        co_return 0;
    }();
    CHECK_THROWS_AS(testing::run(with_deadline(std::move(broken), 60s), 10s), std::logic_error);
}
