#include "service_fixture.hpp"

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace std::chrono_literals;
using testing::run;
using testing::service_fixture;

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

    void ring() { run(bucket::ring(at, node)).value(); }

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
    poll();
    store->before = count;
    poll();
    CHECK(status("site0").trigger_id == "3");
    poll();
    poll();
    CHECK(poll() == 1);
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
