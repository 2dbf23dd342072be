#include <fleetman/core/semaphore.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/run.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

using namespace fleetman;
using testing::run;

namespace {

struct observed
{
    std::vector<std::size_t> order;
    std::size_t held = 0;
    std::size_t most = 0;
};

task<result<void>> hold(semaphore of, std::size_t weight, std::size_t counted, observed& seen)
{
    const auto permit = co_await of.acquire(weight);
    seen.order.push_back(weight);
    seen.most = std::max(seen.most, seen.held += counted);
    for (int turn = 0; turn < 3; ++turn)
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    seen.held -= counted;
    co_return result<void>();
}

} // namespace

TEST_CASE("permits of any weight stay within the bound, and a heavy one is not overtaken", "[semaphore]")
{
    observed seen;
    const std::vector<std::size_t> weights{3, 1, 4, 1, 2, 4, 1};
    const semaphore four(4);
    run(for_each_concurrently(weights.size(), weights.size(), [&](std::size_t i) {
        return hold(four, weights[i], weights[i], seen);
    })).value();
    CHECK(seen.most == 4);
    CHECK(seen.order == weights);
}

TEST_CASE("what weighs more than everything takes everything", "[semaphore]")
{
    observed seen;
    const semaphore two(2);
    run(for_each_concurrently(3, 3, [&](std::size_t) { return hold(two, 50, 1, seen); })).value();
    CHECK(seen.order.size() == 3);
    CHECK(seen.most == 1);
}

TEST_CASE("whoever does not want to wait is told at once, and does not overtake", "[semaphore]")
{
    semaphore two(2);
    auto first = two.try_acquire();
    REQUIRE(first.has_value());
    CHECK_FALSE(two.try_acquire(2).has_value());
    first.reset();
    CHECK(two.try_acquire(9).has_value()); // all of it
}
