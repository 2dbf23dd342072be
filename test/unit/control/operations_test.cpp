#include <fleetman/control/operations.hpp>
#include <fleetman/testing/controller.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/run.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

using namespace fleetman;
using namespace fleetman::control;
using namespace std::chrono_literals;
using fleetman::testing::run;

namespace {

task<result<void>> succeed(operation_step)
{
    co_return result<void>();
}

task<result<void>> fail_at_cell3(operation_step step)
{
    co_return step.cell == "node01/cell3" ? result<void>(error(errc::unavailable, "no answer")) : result<void>();
}

task<result<void>> take_long(operation_step)
{
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1h);
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return result<void>();
}

// As a stream does that is closed under its reader.
task<result<void>> say_cancelled(operation_step)
{
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1h);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return error(errc::cancelled, "receive: stopped");
}

operation_order order(std::size_t count)
{
    operation_order wanted{.kind = "publish", .cells = {}, .details = {{"version", "v1"}}, .who = {"alice", "::1"}};
    for (std::size_t i = 0; i < count; ++i)
        wanted.cells.push_back("node01/cell" + std::to_string(i));
    return wanted;
}

std::size_t count(const operation& of, progress state)
{
    return static_cast<std::size_t>(std::ranges::count(of.steps, state, &step_outcome::state));
}

// A controller's operations, in this file: what is left on disk when it goes away is as after a crash.
struct registry
{
    operation_registry operations;

    registry(
        fleetman::clock& time, const std::filesystem::path& file, worker_pool& pool, operation_registry::performer how)
        : operations(testing::event_loop().get_executor(), time)
    {
        operations.perform_with("publish", std::move(how));
        if (!file.empty())
            operations.keep_in(file, pool).value();
        operations.resume();
    }
    ~registry() { run(operations.stop(0ms)); }

    operation finish(operation_order wanted)
    {
        const operation begun = run(operations.start(std::move(wanted))).value();
        return run(operations.wait(begun.id, 10s)).value();
    }
    operation finish(const std::string& id) { return run(operations.wait(id, 10s)).value(); }
};

struct fixture
{
    testing::temporary_folder folder;
    testing::manual_clock time;
    worker_pool pool{1};
    std::filesystem::path file = folder.path / "operations.jsonl";

    std::string text() const
    {
        std::ostringstream all;
        all << std::ifstream(file).rdbuf();
        return all.str();
    }
    // As a crash leaves it: the first `lines` lines, and a part of the next one.
    void cut(std::size_t lines)
    {
        const std::string whole = text();
        std::size_t end = 0;
        for (std::size_t i = 0; i < lines; ++i)
            end = whole.find('\n', end) + 1;
        std::ofstream(file, std::ios::trunc) << whole.substr(0, end + 20);
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "a failed step is kept with its reason and does not stop the others", "[control][operations]")
{
    registry one(time, {}, pool, fail_at_cell3);
    const operation ended = one.finish(order(20));

    CHECK(ended.state == progress::failed);
    CHECK(ended.done == 20);
    CHECK(ended.ended == time.time);
    CHECK(count(ended, progress::succeeded) == 19);
    CHECK(ended.steps[3].state == progress::failed);
    REQUIRE(ended.steps[3].why.has_value());
    CHECK(ended.steps[3].why->message() == "no answer");
}

TEST_CASE_METHOD(fixture, "asked to stop on an error, no step begins after a failure", "[control][operations]")
{
    registry one(time, {}, pool, fail_at_cell3);
    operation_order wanted = order(100);
    wanted.stop_on_error = true;
    const operation ended = one.finish(std::move(wanted));

    CHECK(ended.state == progress::failed);
    CHECK(ended.done == 100);
    CHECK(count(ended, progress::failed) == 1);
    CHECK(count(ended, progress::cancelled) >= 100 - 2 * operation_registry::steps_at_a_time);
}

TEST_CASE_METHOD(fixture, "an operation whose steps all succeed has succeeded", "[control][operations]")
{
    registry one(time, {}, pool, succeed);
    CHECK(one.finish(order(3)).state == progress::succeeded);
    CHECK(one.finish(order(0)).state == progress::succeeded);
}

TEST_CASE_METHOD(fixture, "every change of an operation is told", "[control][operations]")
{
    registry one(time, {}, pool, succeed);
    std::vector<std::size_t> done;
    one.operations.on_change([&done](const operation& now) { done.push_back(now.done); });
    one.finish(order(2));
    CHECK(done == std::vector<std::size_t>{0, 0, 1, 1, 2, 2}); // begun; each step begins and ends; ended
}

TEST_CASE_METHOD(
    fixture, "stopping a cancelled operation ends it, and what had not ended did not succeed", "[control][operations]")
{
    registry one(time, {}, pool, take_long);
    const operation begun = run(one.operations.start(order(operation_registry::steps_at_a_time + 5))).value();
    run(one.operations.wait(begun.id, 5ms)).value();
    run(one.operations.cancel(begun.id)).value();
    run(one.operations.stop(5ms));
    const operation ended = one.operations.find(begun.id).value();

    CHECK(ended.state == progress::cancelled);
    CHECK(ended.ended.has_value());
    CHECK(count(ended, progress::cancelled) == ended.steps.size());
}

TEST_CASE_METHOD(fixture, "operations of all requests share one bound", "[control][operations]")
{
    std::size_t under_way = 0;
    std::size_t most = 0;
    registry one(time, {}, pool, [&](operation_step) -> task<result<void>> {
        return [](std::size_t& now, std::size_t& peak) -> task<result<void>> {
            peak = std::max(peak, ++now);
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
            co_await timer.async_wait(boost::asio::use_awaitable);
            --now;
            co_return result<void>();
        }(under_way, most);
    });
    const operation first = run(one.operations.start(order(40))).value();
    const operation second = run(one.operations.start(order(40))).value();
    one.finish(first.id);
    one.finish(second.id);
    CHECK(most == operation_registry::steps_at_a_time);
}

TEST_CASE_METHOD(fixture, "an unknown operation is not found", "[control][operations]")
{
    registry one(time, {}, pool, succeed);
    CHECK(one.operations.find("x").error().code() == errc::not_found);
    CHECK(run(one.operations.cancel("x")).error().code() == errc::not_found);
}

TEST_CASE_METHOD(fixture, "an operation is the same after a restart", "[control][operations]")
{
    std::string id;
    {
        registry before(time, file, pool, fail_at_cell3);
        id = before.finish(order(20)).id;
    }
    registry after(time, file, pool, succeed);
    const operation found = after.operations.find(id).value();

    CHECK(found.kind == "publish");
    CHECK(found.who == actor{"alice", "::1"});
    CHECK(found.details.at("version") == "v1");
    CHECK(found.state == progress::failed);
    CHECK(found.started == time.time);
    CHECK(found.ended == time.time);
    CHECK(found.done == 20);
    CHECK(count(found, progress::succeeded) == 19);
    REQUIRE(found.steps[3].why.has_value());
    CHECK(found.steps[3].why->code() == errc::unavailable);
    CHECK(found.steps[3].why->message() == "no answer");
}

TEST_CASE_METHOD(
    fixture, "wherever the lines of an operation are torn, it goes on with what is left", "[control][operations]")
{
    std::string id;
    {
        registry before(time, file, pool, succeed);
        id = before.finish(order(5)).id;
    }
    const std::string whole = text();
    const auto lines = static_cast<std::size_t>(std::ranges::count(whole, '\n'));
    REQUIRE(lines == 7); // begun, five steps, ended
    for (std::size_t kept = 1; kept < lines; ++kept) {
        std::ofstream(file, std::ios::trunc) << whole;
        cut(kept);
        std::vector<std::string> again;
        registry after(time, file, pool, [&again](operation_step step) {
            CHECK(step.resumed);
            again.push_back(step.cell);
            return succeed(step);
        });
        const operation ended = after.finish(id);
        INFO("after " << kept << " lines");
        CHECK(ended.state == progress::succeeded);
        CHECK(ended.done == 5);
        CHECK(again.size() == 6 - kept);
    }
    // Of the beginning only a part: nobody was told its id.
    std::ofstream(file, std::ios::trunc) << whole;
    cut(0);
    registry after(time, file, pool, succeed);
    CHECK(after.operations.size() == 0);
    CHECK(after.finish(order(1)).state == progress::succeeded);
}

TEST_CASE_METHOD(fixture, "an operation that stop() interrupts goes on after the next start", "[control][operations]")
{
    std::string id;
    {
        registry before(time, file, pool, take_long);
        id = run(before.operations.start(order(30))).value().id;
        run(before.operations.stop(1ms));
        CHECK_FALSE(before.operations.find(id).value().ended.has_value());
        CHECK(run(before.operations.start(order(1))).error().code() == errc::unavailable);
    }
    registry after(time, file, pool, succeed);
    const operation ended = after.finish(id);
    CHECK(ended.state == progress::succeeded);
    CHECK(ended.done == 30);
}

TEST_CASE_METHOD(fixture, "a step that says it was interrupted by stop() has not failed", "[control][operations]")
{
    std::string id;
    {
        registry before(time, file, pool, say_cancelled);
        id = run(before.operations.start(order(3))).value().id;
        run(before.operations.stop(1ms));
    }
    registry after(time, file, pool, succeed);
    CHECK(after.finish(id).state == progress::succeeded);
}

TEST_CASE_METHOD(fixture, "a cancelled operation does not go on after a restart", "[control][operations]")
{
    std::string id;
    {
        registry before(time, file, pool, take_long);
        id = run(before.operations.start(order(3))).value().id;
        run(before.operations.cancel(id)).value();
    }
    registry after(time, file, pool, succeed);
    CHECK(after.finish(id).state == progress::cancelled);
}

TEST_CASE_METHOD(fixture, "what was cut off long ago fails, and says to ask again", "[control][operations]")
{
    std::string id;
    {
        registry before(time, file, pool, take_long);
        id = run(before.operations.start(order(2))).value().id;
    }
    time.time += operation_registry::resumed_for + 1s;
    registry after(time, file, pool, succeed);
    const operation ended = after.finish(id);
    CHECK(ended.state == progress::failed);
    REQUIRE(ended.steps[1].why.has_value());
    CHECK(ended.steps[1].why->message().find("ask again") != std::string::npos);
}

TEST_CASE_METHOD(fixture, "the file of operations is compacted and says the same afterwards", "[control][operations]")
{
    std::vector<std::string> ids;
    {
        registry one(time, file, pool, fail_at_cell3);
        for (int i = 0; i < 12; ++i)
            ids.push_back(one.finish(order(5000)).id);
    }
    // Twelve times 5000 steps of some 90 bytes are past the size from which it is compacted.
    CHECK(std::filesystem::file_size(file) < 9'000'000);
    registry after(time, file, pool, succeed);
    CHECK(after.operations.size() == ids.size());
    CHECK(after.operations.find(ids.front()).value().done == 5000);
    CHECK(after.operations.find(ids.back()).value().steps[3].state == progress::failed);
}
