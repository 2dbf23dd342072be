#include <fleetman/core/stoppable.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

#include <thread>

using namespace fleetman;
using namespace std::chrono_literals;

namespace {

struct seen
{
    std::atomic<bool> began{false};
    std::atomic<bool> stopped{false};
};

task<void> work_until_stopped(worker_pool& pool, seen& into)
{
    (void)co_await run_stoppable(pool, [&into](const stop_question& stopped) {
        into.began = true;
        const auto last = std::chrono::steady_clock::now() + 60s;
        while (!stopped() && std::chrono::steady_clock::now() < last)
            std::this_thread::yield();
        into.stopped = stopped();
        return true;
    });
}

task<void> cancel_it(worker_pool& pool, seen& into)
{
    task_group group(co_await boost::asio::this_coro::executor, "test");
    group.spawn(work_until_stopped(pool, into));
    while (!into.began)
        (void)co_await pool.run([] { return true; });
    co_await group.drain(0ms);
}

} // namespace

TEST_CASE("long work on a pool ends when its caller is cancelled", "[core]")
{
    worker_pool pool(2);
    seen what;
    testing::run(cancel_it(pool, what));
    CHECK(what.stopped);
}

TEST_CASE("work that nobody stops returns what it has", "[core]")
{
    worker_pool pool(1);
    CHECK(testing::run(run_stoppable(pool, [](const stop_question& stopped) { return stopped() ? 1 : 2; })) == 2);
}
