#include <fleetman/control/operations.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/run.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::control;
using namespace std::chrono_literals;
using fleetman::testing::run;

namespace {

task<result<void>> fail_at(std::size_t wanted, std::size_t index)
{
    co_return index == wanted ? result<void>(error(errc::unavailable, "no answer")) : result<void>();
}

task<result<void>> take_long()
{
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1h);
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return result<void>();
}

std::vector<std::string> names(std::size_t count)
{
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i)
        all.push_back("node01/cell" + std::to_string(i));
    return all;
}

task<operation> run_to_the_end(testing::manual_clock& time, std::size_t count, operation_registry::step step)
{
    operation_registry operations(co_await boost::asio::this_coro::executor, time);
    const operation begun = operations.start("publish", names(count), std::move(step));
    auto ended = co_await operations.wait(begun.id, 10s);
    co_await operations.stop(0ms);
    co_return ended.value();
}

task<operation> cancel_midway(testing::manual_clock& time)
{
    operation_registry operations(co_await boost::asio::this_coro::executor, time);
    const operation begun = operations.start(
        "publish", names(operation_registry::steps_at_a_time + 5), [](std::size_t) { return take_long(); });
    co_await operations.wait(begun.id, 5ms);
    operations.cancel(begun.id).value();
    co_await operations.stop(5ms);
    co_return operations.find(begun.id).value();
}

std::size_t count(const operation& of, progress state)
{
    return static_cast<std::size_t>(std::ranges::count(of.steps, state, &step_outcome::state));
}

} // namespace

TEST_CASE("a failed step is kept with its reason and does not stop the others", "[control][operations]")
{
    testing::manual_clock time;
    const operation ended = run(run_to_the_end(time, 20, [](std::size_t i) { return fail_at(3, i); }));

    CHECK(ended.state == progress::failed);
    CHECK(ended.done == 20);
    CHECK(ended.ended == time.time);
    CHECK(count(ended, progress::succeeded) == 19);
    CHECK(ended.steps[3].state == progress::failed);
    REQUIRE(ended.steps[3].why.has_value());
    CHECK(ended.steps[3].why->message() == "no answer");
}

TEST_CASE("an operation whose steps all succeed has succeeded", "[control][operations]")
{
    testing::manual_clock time;
    CHECK(run(run_to_the_end(time, 3, [](std::size_t i) { return fail_at(99, i); })).state == progress::succeeded);
}

TEST_CASE("stopping a cancelled operation ends it, and what had not ended did not succeed", "[control][operations]")
{
    testing::manual_clock time;
    const operation ended = run(cancel_midway(time));

    CHECK(ended.state == progress::cancelled);
    CHECK(ended.ended.has_value());
    CHECK(count(ended, progress::cancelled) == ended.steps.size());
}

TEST_CASE("an unknown operation is not found", "[control][operations]")
{
    testing::manual_clock time;
    boost::asio::io_context loop;
    operation_registry operations(loop.get_executor(), time);
    CHECK(operations.find("x").error().code() == errc::not_found);
    CHECK(operations.cancel("x").error().code() == errc::not_found);
}
