#include "service_fixture.hpp"

#include <fleetman/agent/verify.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace std::chrono_literals;
using host::service_phase;
using testing::agent_fixture;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

using moment = std::chrono::steady_clock::time_point;
constexpr auto for_good = 24h;

// A service manager that does not answer from a certain order on, for a while.
struct away_fixture : service_fixture
{
    std::string profile = "supervisor";
    std::optional<moment> gone_at;

    testing::fake_services& manager() { return profile == "systemd" ? units : programs; }
    fs::path services() const { return root / (profile == "systemd" ? "units-services" : "services"); }
    fs::path live() const { return services() / (profile == "systemd" ? "fleetman-api" : "api"); }
    bool has_journal() const { return fs::exists(services() / ".fleetman/api/journal.json"); }

    // The `count`th time that `asked` is asked, it is gone.
    void goes_away_at(const std::string& asked, milliseconds length, int count = 1)
    {
        gone_at.reset();
        manager().away = [this, asked, length, left = count](const std::string& now) mutable {
            if (!gone_at && now == asked && --left == 0)
                gone_at = time.steady;
            return gone_at && time.steady < *gone_at + length;
        };
    }
    void comes_back() { manager().away = nullptr; }

    void publish_version(const std::string& version, const std::string& script = "")
    {
        files content{{"run.sh", version + script}};
        if (profile == "systemd")
            content["app.service"] = "[Service]\nExecStart=/x " + version + "\n";
        publish("api", version, content, profile);
    }
};

const std::vector<std::string> orders{
    "load fleetman-api", "enable fleetman-api", "start fleetman-api", "state fleetman-api"};

} // namespace

TEST_CASE_METHOD(away_fixture, "a manager that is away for a moment costs a deployment nothing but time", "[agent]")
{
    profile = GENERATE("supervisor", "systemd");
    const std::string order = GENERATE(from_range(orders), std::string("stop fleetman-api"));
    INFO(profile << ": " << order);
    publish_version("v1.0.0");
    cycle();
    publish_version("v2.0.0");
    if (profile == "supervisor") // whose definition is the same, so it need not be loaded
        write(root / "conf.d/fleetman-api.conf", "[program:edited]");
    goes_away_at(order, 20s, order == "state fleetman-api" ? 2 : 1);
    CHECK(cycle().deployed == 1);
    REQUIRE(gone_at.has_value());
    CHECK(status("api").success);
    CHECK(status("api").running_version == "v2.0.0");
    CHECK_FALSE(has_journal());
}

TEST_CASE_METHOD(away_fixture,
    "behind the commit a manager that stays away is no fault of the version: its end is awaited", "[agent]")
{
    profile = GENERATE("supervisor", "systemd");
    with.rollback_on_failure = GENERATE(true, false);
    const std::string order = GENERATE(from_range(orders));
    const bool restarted = GENERATE(false, true);
    INFO(profile << ": " << order << (restarted ? ", and the agent is restarted" : ""));
    publish_version("v1.0.0");
    cycle();
    publish_version("v2.0.0");
    if (profile == "supervisor")
        write(root / "conf.d/fleetman-api.conf", "[program:edited]");
    goes_away_at(order, for_good, order == "state fleetman-api" ? 2 : 1);
    const auto seen = cycle();
    CHECK(seen.failed == 0);
    CHECK(seen.pending == 1);
    CHECK(has_journal());
    CHECK(status("api").state == "pending");
    CHECK(status("api").running_version == "unknown");
    CHECK(status("api").error->find("no answer; this goes on when it answers again") != std::string::npos);
    CHECK(text(live() / "run.sh") == "v2.0.0");

    if (restarted)
        restart_agent(); // it is away still
    CHECK(cycle().pending > 0);
    CHECK(has_journal());
    publish_version("v3.0.0"); // waits for its turn
    CHECK(cycle().pending > 0);
    CHECK(text(live() / "run.sh") == "v2.0.0");

    comes_back();
    manager().history.clear();
    cycle();
    CHECK(text(live() / "run.sh") == "v3.0.0");
    CHECK(status("api").running_version == "v3.0.0");
    CHECK(status("api").success);
    CHECK_FALSE(has_journal());
    CHECK(std::count(manager().history.begin(), manager().history.end(), "start fleetman-api") == 2); // v2.0.0 first
}

TEST_CASE_METHOD(away_fixture, "before the commit nothing is touched while the manager is away", "[agent]")
{
    profile = GENERATE("supervisor", "systemd");
    const std::string order = GENERATE("stop fleetman-api", "state fleetman-api");
    INFO(profile << ": " << order);
    publish_version("v1.0.0");
    cycle();
    publish_version("v2.0.0");
    goes_away_at(order, for_good);
    CHECK(cycle().failed == 0);
    CHECK(text(live() / "run.sh") == "v1.0.0");
    CHECK(status("api").state == "pending");
    manager().history.clear();
    comes_back();
    CHECK(cycle().deployed == 1);
    CHECK(status("api").running_version == "v2.0.0");
    CHECK_FALSE(has_journal());
}

TEST_CASE_METHOD(away_fixture, "a service that was stopped is started again when the manager is back", "[agent]")
{
    const bool restarted = GENERATE(false, true);
    publish_version("v1.0.0");
    cycle();
    publish_version("v2.0.0");
    host.on_step = [this](std::string_view step) { // a full disk behind the stop, and the manager gone by then
        if (step == "stopped") {
            gone_at = time.steady;
            fs::remove_all(services() / ".fleetman/api/shared");
            write(services() / ".fleetman/api/shared", "no folder");
        }
    };
    programs.away = [this](const std::string&) { return gone_at.has_value(); };
    CHECK(cycle().pending == 1);
    CHECK(has_journal());
    CHECK(programs.of("fleetman-api").phase == service_phase::stopped);
    CHECK(text(live() / "run.sh") == "v1.0.0");

    host.on_step = nullptr;
    fs::remove(services() / ".fleetman/api/shared");
    programs.away = nullptr;
    remove("prod/cells/node01/api/trigger.json");
    if (restarted)
        restart_agent();
    cycle();
    CHECK(programs.of("fleetman-api").phase == service_phase::running);
    CHECK(text(live() / "run.sh") == "v1.0.0");
    CHECK_FALSE(has_journal());
}

TEST_CASE_METHOD(away_fixture, "on the way back a manager that is away is waited for as well", "[agent]")
{
    profile = GENERATE("supervisor", "systemd");
    const std::string order = GENERATE(from_range(orders), std::string("stop fleetman-api"));
    const bool restarted = GENERATE(false, true);
    INFO(profile << ": " << order);
    publish_version("v1.0.0");
    cycle();
    with.supervisor->template_path = root / "template.conf"; // so that the definition changes
    write(root / "template.conf", "[program:${service_name}]\ncommand=${working_directory}/run.sh\n");
    publish_version("v2.0.0", " crash");
    goes_away_at(order, for_good, order == "state fleetman-api" ? 3 : 2); // the first is on the way there
    CHECK(cycle().failed == 0);
    REQUIRE(gone_at.has_value());
    CHECK(has_journal());
    CHECK(status("api").state == "pending");
    CHECK(status("api").attempted_version == "v2.0.0");
    CHECK(status("api").error->find("BACKOFF") != std::string::npos);
    if (restarted)
        restart_agent();
    cycle();
    CHECK(has_journal());

    comes_back();
    manager().history.clear();
    if (restarted)
        restart_agent();
    cycle();
    CHECK(text(live() / "run.sh") == "v1.0.0");
    CHECK(status("api").state == "rolled_back");
    CHECK(status("api").running_version == "v1.0.0");
    CHECK(status("api").attempted_version == "v2.0.0");
    CHECK(status("api").error->find("BACKOFF") != std::string::npos);
    CHECK(manager().of("fleetman-api").phase == service_phase::running);
    // Whether it was loaded before is not known.
    CHECK(std::count(manager().history.begin(), manager().history.end(), "load fleetman-api") == 1);
    CHECK_FALSE(has_journal());
}

TEST_CASE_METHOD(away_fixture, "a first version that failed is stopped for good once the manager is back", "[agent]")
{
    publish_version("v1.0.0", " crash");
    goes_away_at("disable fleetman-api", for_good);
    cycle();
    REQUIRE(gone_at.has_value());
    CHECK(has_journal());
    CHECK(status("api").state == "pending");
    comes_back();
    cycle();
    CHECK(status("api").state == "stopped");
    CHECK(programs.of("fleetman-api").phase == service_phase::stopped);
    CHECK_FALSE(fs::exists(root / "conf.d/fleetman-api.conf"));
    CHECK_FALSE(has_journal());
}

TEST_CASE_METHOD(away_fixture, "a rollback by hand that waits for the manager is finished without a trigger", "[agent]")
{
    publish_version("v1.0.0");
    cycle();
    publish_version("v2.0.0");
    cycle();
    goes_away_at("start fleetman-api", for_good);
    const auto asked = testing::run(worker->roll_back(model::cell_id::parse("api").value(), "v1.0.0"));
    REQUIRE(asked.has_error());
    CHECK(asked.error().message().find("this goes on when it answers again") != std::string::npos);
    CHECK(has_journal());
    const auto another = testing::run(worker->roll_back(model::cell_id::parse("api").value(), "v2.0.0"));
    CHECK(another.error().code() == errc::conflict);

    comes_back();
    cycle();
    CHECK(text(live() / "run.sh") == "v1.0.0");
    CHECK(status("api").running_version == "v1.0.0");
    CHECK(programs.of("fleetman-api").phase == service_phase::running);
    CHECK_FALSE(has_journal());
}

TEST_CASE("a silence of the manager begins the watch anew, whatever was seen before it", "[agent]")
{
    testing::manual_clock time;
    testing::fake_services services;
    const agent::verify_limits limits{.start_limit = 30s, .window = 10s};
    services.of("fleetman-a") = {.phase = service_phase::running, .detail = "up", .pids = {7}};
    services.away = [&](const std::string&) {
        const auto now = time.steady.time_since_epoch();
        if (now >= 5s) // supervisord was started anew, and its programs with it
            services.of("fleetman-a").pids = {8};
        return now >= 5s && now < 20s;
    };
    CHECK(testing::run(agent::verify_running(services, "fleetman-a", limits, time)).has_value());
    CHECK(time.steady.time_since_epoch() >= 30s);
}

TEST_CASE("a service that the manager forgot is started again after its silence", "[agent]")
{
    testing::manual_clock time;
    testing::fake_services services;
    const agent::verify_limits limits{.start_limit = 30s, .window = 10s};
    services.of("fleetman-a") = {.phase = service_phase::stopped, .detail = "Not started"};
    services.away = [&](const std::string&) { return time.steady.time_since_epoch() < 5s; };
    CHECK(testing::run(agent::verify_running(services, "fleetman-a", limits, time)).has_value());
    CHECK(services.history == std::vector<std::string>{"start fleetman-a"});
}

TEST_CASE("a silence that lasts is told as one, and a manager that comes and goes does not go on for ever", "[agent]")
{
    testing::manual_clock time;
    testing::fake_services services;
    const agent::verify_limits limits{.start_limit = 30s, .window = 10s};
    services.of("fleetman-a") = {.phase = service_phase::running, .detail = "up", .pids = {7}};
    services.away = [&](const std::string&) { return time.steady.time_since_epoch() >= 2s; };
    const auto silent = testing::run(agent::verify_running(services, "fleetman-a", limits, time));
    CHECK(silent.error().code() == errc::unavailable);
    CHECK(silent.error().message() == "look at fleetman-a: no answer");

    services.away = [&](const std::string&) { return time.steady.time_since_epoch() % 4s < 2s; };
    CHECK(
        testing::run(agent::verify_running(services, "fleetman-a", limits, time)).error().code() == errc::unavailable);
}
