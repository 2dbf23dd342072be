#include "service_fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace fleetman;
using namespace std::chrono_literals;
using testing::run;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

// Counts what is asked of the store.
struct polling_fixture : service_fixture
{
    std::vector<std::string> asked;

    polling_fixture()
    {
        store->before = [this](const std::string& operation, const std::string& key) {
            asked.push_back(operation + ' ' + key);
            return result<void>();
        };
    }

    bool was_asked(const std::string& what) const { return std::count(asked.begin(), asked.end(), what) > 0; }

    void ring() { run(bucket::ring(at, node)).value(); }

    error failing_poll()
    {
        time.steady += 30s;
        const result<void> polled = run(worker->poll());
        run(worker->idle());
        return polled ? error() : polled.error();
    }

    // These keys are answered 503, as by a store that has too much to do.
    void throttle(const std::string& ending)
    {
        store->before = [this, ending](const std::string& operation, const std::string& key) {
            asked.push_back(operation + ' ' + key);
            return key.ends_with(ending) ? result<void>(error(errc::unavailable, "slow down")) : result<void>();
        };
    }

    // The requests of one poll, `later` after the one before; what it begins comes to its end.
    std::size_t poll(std::chrono::milliseconds later = 30s)
    {
        time.time += later;
        time.steady += later;
        asked.clear();
        run(worker->poll()).value();
        const std::size_t count = asked.size();
        run(worker->idle());
        return count;
    }

    void deploy_cells(int count)
    {
        for (int i = 0; i < count; ++i)
            publish("site" + std::to_string(i), "v1.0.0", {{"index.html", "x"}}, "deploy", "", "");
        ring();
        restart_agent();
        poll();
        poll(); // the sweep for what was deployed meanwhile is over
    }
};

} // namespace

TEST_CASE_METHOD(polling_fixture, "an idle poll with a bell is one request, however many cells", "[agent]")
{
    const int cells = GENERATE(1, 20);
    deploy_cells(cells);
    CHECK(poll() == 1);
    CHECK(asked == std::vector<std::string>{"get prod/fleetman/nodes/node01.json"});
    CHECK(poll() == 1);
}

TEST_CASE_METHOD(polling_fixture, "when the bell rings every trigger is read", "[agent]")
{
    deploy_cells(3);
    trigger("site1", "v1.0.0");
    ring();
    poll();
    CHECK(status("site1").trigger_id == "4");
    poll();
    CHECK(poll() == 1);
}

TEST_CASE_METHOD(polling_fixture, "without a bell every poll lists", "[agent]")
{
    publish("site", "v1.0.0", {{"index.html", "x"}}, "deploy", "", "");
    restart_agent();
    poll();
    poll();
    CHECK(poll() == 3); // no bell, the listing, the trigger
    trigger("site", "v1.0.0");
    poll();
    CHECK(status("site").trigger_id == "2");
}

TEST_CASE_METHOD(polling_fixture, "a trigger that nobody rings for makes polls list for a day", "[agent]")
{
    deploy_cells(2);
    trigger("site0", "v1.0.0"); // by the original's controller
    CHECK(poll() == 1);
    poll(6min); // the sweep that is due now and then finds it
    CHECK(status("site0").trigger_id == "3");
    poll(); // and nobody has rung
    poll();
    CHECK(poll() == 4); // the bell, the listing, two triggers
    CHECK(poll(23h) == 4);
    poll(2h); // also due as a sweep
    CHECK(poll() == 1);
}

TEST_CASE_METHOD(polling_fixture, "a sweep between a trigger and its ring raises no suspicion", "[agent]")
{
    deploy_cells(2);
    trigger("site0", "v1.0.0");
    poll(6min);
    ring();
    poll();
    poll();
    CHECK(poll() == 1);
}

TEST_CASE_METHOD(polling_fixture, "a trigger that could not be read when it was rung for raises none either", "[agent]")
{
    deploy_cells(2);
    trigger("site0", "v1.0.0");
    ring();
    const auto count = store->before;
    store->before = [&](const std::string& operation, const std::string& key) {
        (void)count(operation, key);
        return key.ends_with("site0/trigger.json") ? result<void>(error(errc::unavailable, "slow down"))
                                                   : result<void>();
    };
    CHECK(failing_poll().code() == errc::unavailable);
    store->before = count;
    poll();
    CHECK(status("site0").trigger_id == "3");
    poll();
    poll();
    CHECK(poll() == 1);
}

TEST_CASE_METHOD(polling_fixture, "a store that has too much to do fails the poll, and the rest is acted on", "[agent]")
{
    deploy_cells(3);
    for (const char* site : {"site0", "site1", "site2"})
        trigger(site, "v1.0.0");
    ring();
    throttle("site1/trigger.json");
    CHECK(failing_poll().message() == "slow down");
    CHECK(status("site0").trigger_id == "4");
    CHECK(status("site1").trigger_id == "2");
    CHECK(status("site2").trigger_id == "6");
    throttle("nothing");
    poll();
    CHECK(status("site1").trigger_id == "5");
    poll();
    CHECK(poll() == 1);
}

TEST_CASE_METHOD(
    polling_fixture, "a trigger that nobody rang for is noticed beside one that could not be read", "[agent]")
{
    deploy_cells(2);
    trigger("site0", "v1.0.0"); // by the original's controller
    throttle("site1/trigger.json");
    time.steady += 6min;
    CHECK(failing_poll().code() == errc::unavailable);
    CHECK(status("site0").trigger_id == "3");
    throttle("nothing");
    poll(); // and nobody has rung
    poll();
    CHECK(poll() == 4); // the bell, the listing, two triggers
}

TEST_CASE_METHOD(polling_fixture, "a trigger that must not be read costs nothing until the next ring", "[agent]")
{
    deploy_cells(2);
    store->before = [this](const std::string& operation, const std::string& key) {
        asked.push_back(operation + ' ' + key);
        return key.ends_with("site0/trigger.json") ? result<void>(error(errc::denied, "AccessDenied")) : result<void>();
    };
    ring();
    poll();
    CHECK(poll() == 1);
    CHECK(fs::exists(root / "deployed/site0/index.html"));
}

TEST_CASE_METHOD(
    polling_fixture, "what is pending is tried after growing pauses, with idle polls between them", "[agent]")
{
    deploy_cells(2);
    const std::string manifest = "site0/versions/v1.0.0/manifest.json";
    throttle(manifest);
    trigger("site0", "v1.0.0");
    ring();
    poll();
    CHECK(status("site0").state == "pending");
    std::vector<int> pauses;
    int looks = 0; // that had nothing to try
    while (pauses.size() < 8) {
        int seconds = 1;
        for (; poll(1s) == 1 || !was_asked("get prod/cells/node01/" + manifest); ++seconds)
            looks += asked.size() == 1 ? 0 : 1;
        pauses.push_back(seconds);
    }
    CHECK(pauses == std::vector<int>{5, 10, 20, 40, 80, 160, 300, 300});
    CHECK(looks <= 3); // one each discovery interval
    throttle("nothing");
    poll(5min);
    CHECK(status("site0").trigger_id == "3");
    CHECK(status("site0").success);
}

TEST_CASE_METHOD(polling_fixture, "a trigger that is gone is looked for twice before its cell goes", "[agent]")
{
    deploy_cells(2);
    remove("prod/cells/node01/site0/trigger.json");
    ring();
    poll();
    CHECK(fs::exists(root / "deployed/site0/index.html"));
    poll();
    CHECK_FALSE(fs::exists(root / "deployed/site0"));
    CHECK(fs::exists(root / "deployed/site1/index.html"));
}

TEST_CASE_METHOD(polling_fixture, "another bucket that names what runs is adopted while the agent runs", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    ring();
    restart_agent();
    poll();
    programs.history.clear();

    // As after `aws s3 sync`: the same objects, written anew.
    const auto other = std::make_shared<testing::memory_store>(time);
    time.time += 1h;
    for (const std::string& key : store->keys())
        run(other->put(key, store->body(key), storage::put_condition::always())).value();
    agent::settings elsewhere = with;
    elsewhere.store_identity = "there";
    agent::host_access same_host{elsewhere, &units, &programs, workers, time, host.account};
    worker->reconfigure(std::make_shared<agent::surroundings>(agent::surroundings{same_host, {other, at.keys}}));
    store->before = [](const std::string&, const std::string&) { return error(errc::unavailable, "switched off"); };
    run(worker->poll()).value();
    run(worker->idle());
    CHECK(programs.history.empty());

    run(other->put("prod/cells/node01/api/trigger.json", R"({"version":"v1.0.0","id":"new"})",
            storage::put_condition::always()))
        .value();
    run(bucket::ring({other, at.keys}, node)).value();
    run(worker->poll()).value();
    run(worker->idle());
    CHECK_FALSE(programs.history.empty());
    worker.reset(); // before what it refers to
}
