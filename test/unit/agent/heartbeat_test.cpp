#include "service_fixture.hpp"

#include <fleetman/agent/host_facts.hpp>
#include <fleetman/agent/metrics.hpp>
#include <fleetman/agent/rival.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace std::chrono_literals;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<agent::agent> agent_on(const agent::host_access& host, const bucket::location& at)
{
    task<std::unique_ptr<agent::agent>> making = [](const agent::host_access& on,
                                                     bucket::location in) -> task<std::unique_ptr<agent::agent>> {
        co_return std::make_unique<agent::agent>(on, in, co_await boost::asio::this_coro::executor, "0.0.0-test");
    }(host, at);
    return testing::run(std::move(making));
}

} // namespace

TEST_CASE_METHOD(service_fixture, "a heartbeat tells of the host, the agent and each cell", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    const model::agent_report said = report();
    CHECK(said.os);
    CHECK(said.boot_id->size() == 36);
    CHECK(said.load_percent >= 0);
    CHECK(said.memory_available_bytes > 0);
    CHECK(said.memory_total_bytes >= said.memory_available_bytes);
    CHECK(said.disk_free_bytes.at((root / "services").string()) > 0);
    CHECK(said.check_interval_ms == 30'000);
    CHECK(said.discovery_interval_ms == 300'000);
    CHECK_FALSE(said.last_error);
    CHECK_FALSE(said.conflict);
    CHECK(said.cells.at(0).health == "running");
    CHECK(said.cells.at(0).restarts == 0);
    CHECK(said.cells.at(0).since > 1'767'600'000);
    CHECK(store->body("prod/agents/node01.json").find("null") == std::string::npos);

    publish("api", "v2.0.0", {{"run.sh", "crash"}});
    cycle();
    CHECK(report().last_error == "api: fleetman-api does not run: it failed: BACKOFF Exited too quickly");
}

TEST_CASE_METHOD(service_fixture, "two agents of one node notice each other, and both say so", "[agent]")
{
    cycle();
    cycle();
    CHECK_FALSE(report().conflict); // the report in its place is its own
    const auto second = agent_on(host, at);
    testing::run(second->start()).value();
    testing::run(second->once()).value();
    CHECK_FALSE(report().conflict); // it may be the successor of one that ended
    cycle();
    REQUIRE(report().conflict);
    CHECK(report().conflict->find("another agent reports as this node: on host ") == 0);
    testing::run(second->once()).value();
    CHECK(report().conflict);

    for (int i = 0; i < 12; ++i)
        cycle(); // the other is gone
    CHECK_FALSE(report().conflict);
}

TEST_CASE("an old report, or one's own, is no rival", "[agent]")
{
    const wall_time now{std::chrono::seconds(1'767'600'000)};
    model::agent_report seen{.report_timestamp = 1'767'600'000, .node = model::node_id::parse("n").value()};
    agent::rival_watch watch("mine");
    seen.instance_id = "mine";
    watch.found(seen, now);
    CHECK_FALSE(watch.conflict(now));
    seen.instance_id = "other";
    seen.report_timestamp -= 181;
    watch.found(seen, now);
    CHECK_FALSE(watch.conflict(now));
    seen.report_timestamp += 60;
    seen.instance_id = std::nullopt;
    watch.found(seen, now);
    CHECK(watch.conflict(now) == "another agent reports as this node: an unnamed host, the original's");
    CHECK_FALSE(watch.conflict(now + 4min));
}

TEST_CASE("facts about the host are read from what the kernel and the distribution write", "[agent]")
{
    CHECK(agent::os_name("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n") ==
          "Debian GNU/Linux 12 (bookworm)");
    CHECK(agent::os_name("PRETTY_NAME=Void\n") == "Void");
    CHECK_FALSE(agent::os_name("NAME=x\n"));
    CHECK_FALSE(agent::os_name("PRETTY_NAME=\"a\x01\"\n"));
    CHECK(agent::load_percent("0.42 0.10 0.05 1/100 5\n") == 42);
    CHECK(agent::load_percent("12.05 1 1") == 1205);
    for (const char* wrong : {"", "1", "x.yz 1", "-1.00", "0.4 0"})
        CHECK_FALSE(agent::load_percent(wrong));
    CHECK(agent::memory_bytes("MemTotal:   16 kB\nMemAvailable:        2 kB\n", "MemAvailable") == 2048);
    CHECK_FALSE(agent::memory_bytes("MemTotal:   x kB\n", "MemTotal"));
}

TEST_CASE_METHOD(service_fixture, "metrics are in the file after each heartbeat", "[agent]")
{
    with.metrics_file = root / "fleetman.prom";
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    publish("www", "v1.0.0", {{"index.html", "12345"}}, "deploy", "", "");
    cycle();
    const std::string written = text(root / "fleetman.prom");
    CHECK(written.find("fleetman_agent_deployments_total{result=\"deployed\"} 2\n") != std::string::npos);
    CHECK(written.find("fleetman_agent_cells{state=\"running\"} 1\n") != std::string::npos);
    CHECK(written.find("fleetman_agent_cells{state=\"deployed\"} 1\n") != std::string::npos);
    CHECK(written.find("fleetman_agent_downloaded_bytes_total 6\n") != std::string::npos);
    CHECK(written.find("fleetman_agent_resident_memory_bytes ") != std::string::npos);
    CHECK(mode(root / "fleetman.prom") == 0644);
    testing::run(worker->poll()).value();
}

TEST_CASE_METHOD(service_fixture, "a version that was built anew elsewhere is deployed, not adopted", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}}, "supervisor", R"("created_at":"2026-01-05T10:00:00+00:00")");
    cycle();
    fs::remove(agent::state_file(with.base_dir, node));
    programs.history.clear();
    restart_agent();
    cycle(); // no memory, and the manifest is the same
    CHECK(programs.history.empty());

    publish("api", "v1.0.0", {{"run.sh", "2"}}, "supervisor", R"("created_at":"2026-01-06T10:00:00+00:00")");
    fs::remove(agent::state_file(with.base_dir, node));
    restart_agent();
    cycle();
    CHECK(text(root / "services/api/run.sh") == "2");
}

TEST_CASE_METHOD(service_fixture, "nothing is adopted on a guess while the store does not answer", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    fs::remove(agent::state_file(with.base_dir, node));
    programs.history.clear();
    restart_agent();
    store->before = [](const std::string&, const std::string& key) {
        return key.find("/versions/") != std::string::npos ? result<void>(error(errc::unavailable, "slow down"))
                                                           : result<void>();
    };
    cycle();
    CHECK(report().cells.at(0).state == "pending");
    CHECK(programs.history.empty());
    store->before = nullptr;
    time.steady += 10min;
    cycle();
    CHECK(report().cells.at(0).state == "deployed");
    CHECK(programs.history.empty());
}
