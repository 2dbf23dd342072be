#include <fleetman/core/clock.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/worker_pool.hpp>
#include <fleetman/testing/run.hpp>

#include <boost/asio/this_coro.hpp>
#include <catch2/catch.hpp>

#include <thread>

using namespace fleetman;
using namespace std::chrono_literals;

namespace {

task<void> wait_then_count(milliseconds delay, int& count)
{
    system_clock time;
    co_await time.sleep(delay);
    ++count;
}

task<bool> drains_what_runs(int& count)
{
    task_group group(co_await boost::asio::this_coro::executor, "test");
    group.spawn(wait_then_count(1ms, count));
    group.spawn(wait_then_count(2ms, count));
    co_await group.drain(10s);
    co_return group.size() == 0;
}

task<std::chrono::steady_clock::duration> cancels_what_stays(int& count)
{
    const auto start = std::chrono::steady_clock::now();
    task_group group(co_await boost::asio::this_coro::executor, "test");
    group.spawn(wait_then_count(1h, count));
    co_await group.drain(5ms);
    co_return std::chrono::steady_clock::now() - start;
}

struct load
{
    std::size_t running = 0;
    std::size_t most = 0;
    std::size_t done = 0;
};

task<result<void>> one_of_many(load& seen, std::size_t index, std::size_t failing)
{
    system_clock time;
    seen.most = std::max(seen.most, ++seen.running);
    co_await time.sleep(1ms);
    --seen.running;
    ++seen.done;
    if (index == failing)
        co_return error(errc::failed, "number " + std::to_string(index));
    co_return result<void>();
}

} // namespace

TEST_CASE("draining waits for every task of a group", "[core]")
{
    int count = 0;
    CHECK(testing::run(drains_what_runs(count)));
    CHECK(count == 2);
}

TEST_CASE("draining cancels what is left after the grace", "[core]")
{
    int count = 0;
    CHECK(testing::run(cancels_what_stays(count)) < 10s);
}

TEST_CASE("concurrent work keeps to its limit and does everything", "[core]")
{
    load seen;
    const auto outcome = testing::run(
        for_each_concurrently(20, 4, [&](std::size_t index) { return one_of_many(seen, index, SIZE_MAX); }));
    CHECK(outcome.has_value());
    CHECK(seen.done == 20);
    CHECK(seen.most == 4);
}

TEST_CASE("after a failure no further work begins and the failure is returned", "[core]")
{
    load seen;
    const auto outcome =
        testing::run(for_each_concurrently(100, 2, [&](std::size_t index) { return one_of_many(seen, index, 3); }));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().message() == "number 3");
    CHECK(seen.done < 10);
}

TEST_CASE("blocking work runs on another thread and its exceptions come back", "[core]")
{
    worker_pool pool(1);
    const auto here = std::this_thread::get_id();
    CHECK(testing::run(pool.run([] { return std::this_thread::get_id(); })) != here);
    CHECK_THROWS_WITH(testing::run(pool.run([]() -> int { throw std::runtime_error("broken"); })), "broken");
}
