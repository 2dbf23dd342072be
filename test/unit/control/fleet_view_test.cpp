#include <fleetman/control/fleet_view.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/memory_store.hpp>
#include <fleetman/testing/run.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <functional>

using namespace fleetman;
using namespace fleetman::control;
using namespace std::chrono_literals;
using testing::memory_store;
using testing::run;

namespace {

std::string report(const std::string& node, std::int64_t at)
{
    return R"({"report_timestamp":)" + std::to_string(at) + R"(,"node_id":")" + node + R"(","cells":[]})";
}

struct two_buckets
{
    testing::manual_clock time;
    std::shared_ptr<memory_store> east = std::make_shared<memory_store>(time);
    std::shared_ptr<memory_store> west = std::make_shared<memory_store>(time);
    bucket_locations watched{{name("east"), at(east)}, {name("west"), at(west)}};
    fleet_view fleet{testing::event_loop().get_executor(), [this] { return watched; }, time};

    static model::bucket_name name(const char* text) { return model::bucket_name::parse(text).value(); }
    static bucket::location at(std::shared_ptr<memory_store> store)
    {
        return {std::move(store), bucket::keyspace(model::key_prefix::parse("prod").value())};
    }

    void beat(memory_store& in, const std::string& node, std::int64_t when)
    {
        time.time += std::chrono::seconds(1); // no two writings in one moment
        run(in.put("prod/agents/" + node + ".json", report(node, when), storage::put_condition::always())).value();
    }
    void refresh()
    {
        east->history.clear();
        west->history.clear();
        run(fleet.refresh());
    }
    std::vector<std::string> nodes() const
    {
        std::vector<std::string> all;
        for (const known_agent& agent : fleet.agents())
            all.push_back(agent.report.node.str());
        return all;
    }
};

// Takes requests and never answers.
class silent_store final : public memory_store
{
public:
    using memory_store::memory_store;
    task<result<storage::list_page>> list(storage::list_query) override
    {
        boost::asio::steady_timer never(co_await boost::asio::this_coro::executor, 1h);
        co_await never.async_wait(boost::asio::use_awaitable);
        co_return storage::list_page();
    }
};

// Watches in the background until `done`, for up to ten seconds.
task<bool> watch_until(fleet_view& fleet, std::function<bool()> done)
{
    system_clock real;
    task_group background(co_await boost::asio::this_coro::executor, "test");
    background.spawn(fleet.run(1ms));
    const auto until = real.steady_now() + 10s;
    while (!done() && real.steady_now() < until)
        co_await real.sleep(1ms);
    co_await background.drain(0ms);
    co_await fleet.stop();
    co_return done();
}

} // namespace

TEST_CASE_METHOD(two_buckets, "in the background a bucket that never answers delays no other", "[control][fleet_view]")
{
    system_clock real;
    fleet_view watching{testing::event_loop().get_executor(), [this] { return watched; }, real};
    watched.front().second.store = std::make_shared<silent_store>(time);
    beat(*west, "b", 100);
    CHECK(run(watch_until(watching, [&] { return watching.agents().size() == 1; })));
    beat(*west, "c", 100);
    CHECK(run(watch_until(watching, [&] { return watching.agents().size() == 2; })));
}

TEST_CASE_METHOD(two_buckets, "the view is complete once every bucket has been looked at", "[control][fleet_view]")
{
    CHECK_FALSE(fleet.complete());
    refresh();
    CHECK(fleet.complete());

    system_clock real;
    fleet_view watching{testing::event_loop().get_executor(), [this] { return watched; }, real};
    watched.front().second.store = std::make_shared<silent_store>(time);
    CHECK(run(watch_until(watching, [&] { return watching.as_of().has_value(); })));
    CHECK_FALSE(watching.complete());
    CHECK(watching.problems().empty());
}

TEST_CASE_METHOD(two_buckets, "a look lists each bucket and reads only what changed", "[control][fleet_view]")
{
    beat(*east, "a", 100);
    beat(*east, "b", 100);
    refresh();
    CHECK(nodes() == std::vector<std::string>{"a", "b"});

    refresh();
    CHECK(east->history == std::vector<std::string>{"list prod/agents/"});

    beat(*east, "b", 100); // the same bytes, written again
    refresh();
    CHECK(east->history == std::vector<std::string>{"list prod/agents/", "get prod/agents/b.json"});
}

TEST_CASE_METHOD(two_buckets, "a deleted heartbeat is gone at the next look", "[control][fleet_view]")
{
    beat(*east, "a", 100);
    refresh();
    run(east->remove("prod/agents/a.json")).value();
    refresh();
    CHECK(nodes().empty());
}

TEST_CASE_METHOD(two_buckets, "of a node that reports in two buckets the newest report counts", "[control][fleet_view]")
{
    beat(*east, "a", 100);
    beat(*west, "a", 200);
    refresh();

    REQUIRE(fleet.agents().size() == 1);
    CHECK(fleet.agents().front().bucket == name("west"));
    CHECK(fleet.report(name("east"), model::node_id::parse("a").value())->report_timestamp == 100);
}

TEST_CASE_METHOD(
    two_buckets, "a bucket that does not answer keeps its last state and is named", "[control][fleet_view]")
{
    beat(*east, "a", 100);
    beat(*west, "b", 100);
    refresh();
    west->before = [](const std::string&, const std::string&) {
        return result<void>(error(errc::unavailable, "connection refused"));
    };
    beat(*east, "c", 100);
    refresh();

    CHECK(nodes() == std::vector<std::string>{"a", "b", "c"});
    REQUIRE(fleet.problems().size() == 1);
    CHECK(fleet.problems().front().bucket == name("west"));

    west->before = nullptr;
    refresh();
    CHECK(fleet.problems().empty());
}

TEST_CASE_METHOD(
    two_buckets, "a heartbeat that cannot be understood hides its node and nothing else", "[control][fleet_view]")
{
    beat(*east, "a", 100);
    run(east->put("prod/agents/b.json", "not json", storage::put_condition::always())).value();
    run(east->put("prod/agents/notes.txt", "mine", storage::put_condition::always())).value();
    refresh();
    CHECK(nodes() == std::vector<std::string>{"a"});
    CHECK(fleet.problems().empty());
}

TEST_CASE_METHOD(two_buckets, "the key decides whose heartbeat it is, not what it says", "[control][fleet_view]")
{
    run(east->put("prod/agents/a.json", report("b", 100), storage::put_condition::always())).value();
    refresh();
    CHECK(nodes() == std::vector<std::string>{"a"});
}

TEST_CASE_METHOD(two_buckets, "a bucket that is no longer configured is forgotten", "[control][fleet_view]")
{
    beat(*west, "b", 100);
    refresh();
    watched.pop_back();
    refresh();
    CHECK(nodes().empty());
}
