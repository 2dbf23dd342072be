#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/editing.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/testing/controller.hpp>

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

std::string report(const std::string& node, std::int64_t at, const std::string& cells = "")
{
    return R"({"report_timestamp":)" + std::to_string(at) + R"(,"node_id":")" + node + R"(","cells":[)" + cells + "]}";
}

std::string reported(const std::string& cell, const std::string& version, const std::string& trigger)
{
    return R"({"cell_id":")" + cell + R"(","manifest_name":"site","profile":"systemd","version":")" + version +
           R"(","running":true,"state":"running","trigger_id":")" + trigger + R"("})";
}

std::string succeeded(const std::string& version, std::int64_t at, const std::string& trigger)
{
    return R"({"running_version":")" + version + R"(","applied_at":)" + std::to_string(at) +
           R"(,"status":"success","error":null,"trigger_id":")" + trigger + R"("})";
}

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

// Two connections, "east" and "west", each to a bucket of its own.
struct two_buckets : testing::controller
{
    model::bucket_name east_name = model::bucket_name::parse("east").value();
    model::bucket_name west_name = model::bucket_name::parse("west").value();
    model::manifest_name site = model::manifest_name::parse("site").value();
    fleet_view& fleet = app.fleet;

    two_buckets()
    {
        for (const char* const name : {"east", "west"}) {
            buckets[name] = std::make_shared<memory_store>(time);
            run(save_bucket(app.names, model::bucket_name::parse(name).value(), connection(name), writing::create))
                .value();
        }
        model::manifest content;
        content.files = {{.path = model::file_path::parse("index.html").value(), .type = model::file_type::text}};
        content.profile = model::run_profile::deploy;
        content.bucket = "east";
        run(save_manifest(app.names, site, content, writing::create)).value();
    }
    memory_store& east() { return *buckets.at("east"); }
    memory_store& west() { return *buckets.at("west"); }
    std::int64_t now() const { return unix_seconds(time.time); }

    void write(memory_store& in, const std::string& key, const std::string& body)
    {
        time.time += 1s; // no two writings in one moment
        run(in.put(key, body, storage::put_condition::always())).value();
    }
    void beat(memory_store& in, const std::string& node, std::int64_t when, const std::string& cells = "")
    {
        write(in, "prod/agents/" + node + ".json", report(node, when, cells));
    }
    void refresh()
    {
        run(fleet.stop(10s)); // what is being read already is not of this look
        east().history.clear();
        west().history.clear();
        run(fleet.refresh());
    }
    void sweep()
    {
        run(fleet.stop(10s));
        east().history.clear();
        west().history.clear();
        run(fleet.sweep());
    }
    std::vector<std::string> nodes()
    {
        std::vector<std::string> all;
        for (const auto& [node, agent] : fleet.now().agents().all())
            all.push_back(node.str());
        return all;
    }
    const known_cell* cell(const std::string& name)
    {
        return fleet.now().cells().find(model::cell_ref::parse(name).value());
    }
    cell_state state(const std::string& name) { return cell(name)->seen.verdict.state; }
    void configure(const std::string& name)
    {
        run(save_cell(app.names, model::cell_ref::parse(name).value(), {east_name, site}, writing::create)).value();
    }
    // A cell that was published and deployed, as its node tells.
    void deployed(
        const std::string& node, const std::string& id, const std::string& version, const std::string& trigger)
    {
        const std::string folder = "prod/cells/" + node + '/' + id + '/';
        write(east(), folder + "metadata.json", R"({"manifest_name":"site","profile":"systemd"})");
        write(east(), folder + "trigger.json", R"({"version":")" + version + R"(","id":")" + trigger + R"("})");
        write(east(), folder + "status.json", succeeded(version, now(), trigger));
        beat(east(), node, now() + 1, reported(id, version, trigger));
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

using words = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(two_buckets, "in the background a bucket that never answers delays no other", "[control][fleet_view]")
{
    system_clock real;
    event_feed events{testing::event_loop().get_executor()};
    buckets["east"] = std::make_shared<silent_store>(time);
    fleet_view watching{testing::event_loop().get_executor(), app.names, real, events};
    beat(west(), "b", 100);
    CHECK(run(watch_until(watching, [&] { return watching.now().agents().all().size() == 1; })));
    CHECK_FALSE(watching.complete());
    CHECK_FALSE(watching.as_of().has_value());
    beat(west(), "c", 100);
    CHECK(run(watch_until(watching, [&] { return watching.now().agents().all().size() == 2; })));
}

TEST_CASE_METHOD(two_buckets, "the view is complete once every bucket has been looked at", "[control][fleet_view]")
{
    CHECK_FALSE(fleet.complete());
    refresh();
    CHECK(fleet.complete());
    CHECK(fleet.as_of() == time.time);
    CHECK(fleet.problems().empty());
}

TEST_CASE_METHOD(two_buckets, "a look lists each bucket and reads only what changed", "[control][fleet_view]")
{
    beat(east(), "a", 100);
    beat(east(), "b", 100);
    refresh();
    CHECK(nodes() == words{"a", "b"});

    refresh();
    CHECK(east().history == words{"list prod/agents/"});

    beat(east(), "b", 101);
    refresh();
    CHECK(east().history == words{"list prod/agents/", "get prod/agents/b.json"});

    beat(east(), "b", 101); // the same bytes, written again
    refresh();
    CHECK(east().history == words{"list prod/agents/"});
    CHECK(fleet.now().agents().find(model::node_id::parse("b").value())->newest->info.last_modified == time.time);
}

TEST_CASE_METHOD(two_buckets, "a listing of many pages is read to its end", "[control][fleet_view]")
{
    for (int i = 0; i < 2'500; ++i)
        run(east().put("prod/agents/node" + std::to_string(10'000 + i) + ".json", report("x", 100),
                storage::put_condition::always()))
            .value();
    refresh();
    CHECK(nodes().size() == 2'500);
    refresh();
    CHECK(east().history == words{"list prod/agents/", "list prod/agents/", "list prod/agents/"});
    CHECK(nodes().size() == 2'500);
}

TEST_CASE_METHOD(two_buckets, "a deleted heartbeat is gone at the next look", "[control][fleet_view]")
{
    beat(east(), "a", 100);
    refresh();
    run(east().remove("prod/agents/a.json")).value();
    refresh();
    CHECK(nodes().empty());
}

TEST_CASE_METHOD(two_buckets, "of a node that reports in two buckets the newest report counts", "[control][fleet_view]")
{
    const auto a = model::node_id::parse("a").value();
    beat(east(), "a", 100);
    beat(west(), "a", 200);
    refresh();

    REQUIRE(nodes() == words{"a"});
    CHECK(fleet.now().agents().find(a)->newest->bucket == west_name);
    CHECK(fleet.now().agents().find(east_name, a)->report->report_timestamp == 100);

    run(west().remove("prod/agents/a.json")).value();
    refresh();
    REQUIRE(nodes() == words{"a"});
    CHECK(fleet.now().agents().find(a)->newest->bucket == east_name);
}

TEST_CASE_METHOD(two_buckets, "a bucket that does not answer keeps its last state and is named, with its age",
    "[control][fleet_view]")
{
    beat(east(), "a", 100);
    beat(west(), "b", 100);
    refresh();
    const wall_time good = time.time;
    west().before = [](const std::string&, const std::string&) {
        return result<void>(error(errc::unavailable, "connection refused"));
    };
    beat(east(), "c", 100);
    refresh();
    const wall_time failed = time.time;
    time.time += 60s;
    refresh();

    CHECK(nodes() == words{"a", "b", "c"});
    REQUIRE(fleet.problems().size() == 1);
    CHECK(fleet.problems().front().bucket == west_name);
    CHECK(fleet.problems().front().since == failed);
    CHECK(fleet.problems().front().succeeded == good);
    CHECK(fleet.as_of() == good); // what is shown is as old as its oldest part

    west().before = nullptr;
    refresh();
    CHECK(fleet.problems().empty());
    CHECK(fleet.as_of() == time.time);
}

TEST_CASE_METHOD(
    two_buckets, "a heartbeat that cannot be understood hides its node and nothing else", "[control][fleet_view]")
{
    beat(east(), "a", 100);
    write(east(), "prod/agents/b.json", "not json");
    write(east(), "prod/agents/notes.txt", "mine");
    refresh();
    CHECK(nodes() == words{"a"});
    CHECK(fleet.problems().empty());
    refresh();
    CHECK(east().history == words{"list prod/agents/"}); // it is not read again and again
}

TEST_CASE_METHOD(two_buckets, "the key decides whose heartbeat it is, not what it says", "[control][fleet_view]")
{
    write(east(), "prod/agents/a.json", report("b", 100));
    refresh();
    CHECK(nodes() == words{"a"});
}

TEST_CASE_METHOD(two_buckets, "a bucket that is no longer configured is forgotten", "[control][fleet_view]")
{
    beat(west(), "b", 100);
    refresh();
    run(remove_bucket(app.names, west_name)).value();
    CHECK(nodes().empty());
    refresh();
    CHECK(nodes().empty());
}

TEST_CASE_METHOD(two_buckets, "an agent grows old without a look", "[control][fleet_view]")
{
    const auto state = [this] { return fleet.now().agents().all().begin()->second.newest->state; };
    beat(east(), "a", now());
    refresh();
    CHECK(state() == agent_state::active);
    const auto before = fleet.now().agents().revision();
    time.time += 180s;
    CHECK(state() == agent_state::warning);
    CHECK(fleet.now().agents().revision() > before);
    time.time += 420s;
    CHECK(state() == agent_state::dead);
}

TEST_CASE_METHOD(two_buckets, "a cell's documents are read when its heartbeat says something new", "[control][cells]")
{
    configure("node01/www");
    deployed("node01", "www", "v1.0.0", "t1");
    refresh();
    CHECK(state("node01/www") == cell_state::running);

    beat(east(), "node01", now() + 1, reported("www", "v1.0.0", "t1"));
    refresh();
    CHECK(east().history == words{"list prod/agents/", "get prod/agents/node01.json"});

    deployed("node01", "www", "v1.1.0", "t2"); // another controller published it
    refresh();
    CHECK(state("node01/www") == cell_state::running);
    CHECK(cell("node01/www")->seen.trigger->value.version.str() == "v1.1.0");
    CHECK(east().history == words{"list prod/agents/", "get prod/agents/node01.json",
                                "get prod/cells/node01/www/trigger.json", "get prod/cells/node01/www/status.json"});
}

TEST_CASE_METHOD(two_buckets, "a cell that is in motion is looked at until it comes to rest", "[control][cells]")
{
    configure("node01/www");
    write(east(), "prod/cells/node01/www/trigger.json", R"({"version":"v1.0.0","id":"t1"})");
    beat(east(), "node01", now());
    refresh();
    CHECK(state("node01/www") == cell_state::pending);
    refresh();
    CHECK(east().history == words{"list prod/agents/", "get prod/cells/node01/www/status.json"});

    // The original's agent: its heartbeat need not tell.
    write(east(), "prod/cells/node01/www/status.json",
        R"({"running_version":"unknown","applied_at":)" + std::to_string(now() + 5) +
            R"(,"status":"failed","error":"it ended","logs":{"logs/stderr.log":["last words"]}})");
    refresh();
    CHECK(state("node01/www") == cell_state::failed);
    CHECK(cell("node01/www")->documents.status->logs.empty()); // they are not kept for every cell
    refresh();
    CHECK(east().history == words{"list prod/agents/"});
}

TEST_CASE_METHOD(two_buckets, "our own publish is seen at once, before any look", "[control][cells]")
{
    configure("node01/www");
    refresh();
    const auto at = app.names.location(east_name).value();
    const auto www = model::cell_ref::parse("node01/www").value();
    run(bucket::write_trigger(at, www, {model::version::parse("v1.0.0").value(), "t1"})).value();
    CHECK(cell("node01/www")->seen.trigger->value.id == "t1");
    CHECK(state("node01/www") == cell_state::agent_silent);

    run(at.store->remove(at.keys.trigger(www))).value();
    CHECK(state("node01/www") == cell_state::never_deployed);
}

TEST_CASE_METHOD(two_buckets, "the sweep finds what no heartbeat tells of", "[control][cells]")
{
    configure("node01/www");
    refresh();
    CHECK(state("node01/www") == cell_state::never_deployed);
    write(east(), "prod/cells/node01/www/trigger.json", R"({"version":"v1.0.0","id":"t1"})");
    refresh();
    CHECK(state("node01/www") == cell_state::never_deployed);
    sweep();
    CHECK(state("node01/www") == cell_state::agent_silent);
    for (const std::string& one : east().history)
        if (one.starts_with("list "))
            CHECK((one == "list prod/cells/" || one == "list prod/cells/node01/")); // by folders, never all below
}

TEST_CASE_METHOD(
    two_buckets, "cells that only the bucket has are shown as such, and can be adopted", "[control][cells]")
{
    deployed("node07", "api", "v1.0.0", "t1"); // found by its heartbeat
    write(east(), "prod/cells/node08/www/metadata.json", R"({"manifest_name":"site","profile":"deploy"})");
    write(east(), "prod/cells/node09/notes/readme.txt", "not a cell");
    refresh();
    REQUIRE(cell("node07/api") != nullptr);
    CHECK_FALSE(cell("node07/api")->seen.managed);
    CHECK(state("node07/api") == cell_state::running);
    CHECK(cell("node08/www") == nullptr);
    sweep();
    REQUIRE(cell("node08/www") != nullptr);
    CHECK(state("node08/www") == cell_state::never_deployed);
    CHECK(cell("node09/notes") == nullptr);

    const auto api = model::cell_ref::parse("node07/api").value();
    run(app.cells.adopt(api)).value();
    CHECK(cell("node07/api")->seen.managed);
    CHECK(app.names.config().cells.at(api).manifest == site);
    CHECK(run(app.cells.adopt(api)).error().code() == errc::conflict);
    CHECK(run(app.cells.adopt(model::cell_ref::parse("node07/nope").value())).error().code() == errc::not_found);
}

TEST_CASE_METHOD(two_buckets, "a cell that another controller has taken away is gone", "[control][cells]")
{
    deployed("node07", "api", "v1.0.0", "t1");
    refresh();
    REQUIRE(cell("node07/api") != nullptr);
    for (const std::string& key : east().keys())
        if (key.starts_with("prod/cells/node07/"))
            run(east().remove(key)).value();
    sweep();
    CHECK(cell("node07/api") == nullptr);
}

TEST_CASE_METHOD(two_buckets, "what is told of while it is being read is read again", "[control][cells]")
{
    configure("node01/www");
    refresh();
    cell_table& cells = fleet.now().cells();
    const auto www = model::cell_ref::parse("node01/www").value();
    const model::trigger wanted{model::version::parse("v1.0.0").value(), "t1"};
    cells.want(east_name, www, cell_table::everything);
    auto before = cells.begin(east_name, www);
    cells.told(east_name, www, seen_trigger{wanted, time.time}, time.time);
    cells.finish(east_name, www, std::move(before), time.time); // it found none yet
    CHECK(cell("node01/www")->seen.trigger->value == wanted);
    CHECK(cells.wanted(east_name, 10).size() == 1);
}
