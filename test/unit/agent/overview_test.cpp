#include "service_fixture.hpp"

#include <fleetman/agent/journal.hpp>
#include <fleetman/agent/overview.hpp>
#include <fleetman/host/lock_file.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using testing::service_fixture;
namespace fs = std::filesystem;

TEST_CASE_METHOD(service_fixture, "the overview needs no store and shows each cell as the manager sees it", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    publish("www", "v2.0.0", {{"index.html", "x"}}, "deploy");
    cycle();
    publish("api", "v1.1.0", {{"run.sh", "crash"}});
    cycle();
    store->before = [](const std::string&, const std::string&) { return error(errc::unavailable, "down"); };

    const agent::node_overview seen = testing::run(agent::look_at_node(host)).value();
    REQUIRE(seen.cells.size() == 2);
    CHECK_FALSE(seen.agent_running);
    const agent::cell_overview& api = seen.cells[0];
    CHECK(api.cell.str() == "api");
    CHECK(api.version->str() == "v1.0.0");
    CHECK(api.service->phase == host::service_phase::running);
    CHECK(api.state == "rolled_back");
    CHECK(api.trigger_id == "3");
    CHECK(api.since > 1767600000);
    CHECK(api.error == "fleetman-api does not run: it failed: BACKOFF Exited too quickly");
    CHECK_FALSE(seen.cells[1].service); // nothing to run

    const std::string table = agent::as_table(seen);
    CHECK(
        table.find("node node01, the agent is not running, cells: 2\nCELL  PROFILE     VERSION  SERVICE  STATE") == 0);
    CHECK(table.find("api   supervisor  v1.0.0   running  rolled_back  3        2026-01-05T10:0") != std::string::npos);
    CHECK(table.find("www   deploy      v2.0.0   -        deployed ") != std::string::npos);
    CHECK(
        agent::as_json(seen).find(R"({"cell_id":"www","profile":"deploy","manifest_name":"billing","version":"v2.0.0",)"
                                  R"("state":"deployed","trigger_id":"2","since":)") != std::string::npos);
}

TEST_CASE_METHOD(service_fixture, "the overview tells of a running agent, and of a deployment under way", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    const auto lock = host::lock_file::take(agent::lock_path(with)).value();
    const agent::cell_layout layout(
        *with.supervisor, model::run_profile::supervisor, model::cell_id::parse("api").value());
    agent::write_journal(layout, {.at = agent::step::ready, .to = "x"}).value();

    const agent::node_overview seen = testing::run(agent::look_at_node(host)).value();
    CHECK(seen.agent_running);
    CHECK(seen.cells.at(0).state == "deploying (ready)");
}

TEST_CASE_METHOD(
    service_fixture, "a cell that only the disk knows is shown, and one without an answering manager", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    fs::remove(agent::state_file(with.base_dir, node));
    programs.silent = true;
    const agent::node_overview seen = testing::run(agent::look_at_node(host)).value();
    REQUIRE(seen.cells.size() == 1);
    CHECK(seen.cells[0].version->str() == "v1.0.0");
    CHECK_FALSE(seen.cells[0].service);
    CHECK(seen.problems == std::vector<std::string>{"supervisord: no answer"});
    CHECK(agent::as_table(seen).find("api   supervisor  v1.0.0   ?") != std::string::npos);
}
