#include "service_fixture.hpp"

#include <fleetman/agent/rollback.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace fleetman;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

struct by_hand_fixture : service_fixture
{
    model::cell_id api = model::cell_id::parse("api").value();

    std::string profile = "supervisor";
    fs::path live = root / "services/api";

    void two_versions()
    {
        const files unit =
            profile == "systemd" ? files{{"app.service", "[Service]\nExecStart=/x\n"}} : files{{"same", "x"}};
        files first{{"run.sh", "1"}, {"only-1", "x"}};
        files second{{"run.sh", "2"}};
        first.insert(unit.begin(), unit.end());
        second.insert(unit.begin(), unit.end());
        publish("api", "v1.0.0", first, profile);
        cycle();
        write(live / "state.db", "rows");
        publish("api", "v2.0.0", second, profile);
        cycle();
        programs.history.clear();
        units.history.clear();
    }

    result<std::string> roll_back(const std::string& release) { return testing::run(worker->roll_back(api, release)); }
    result<std::string> remove(bool forced) { return testing::run(worker->remove(api, forced)); }

    void lose_the_store()
    {
        store->before = [](const std::string&, const std::string&) { return error(errc::unavailable, "down"); };
    }

    std::vector<agent::release_choice> choices()
    {
        return agent::release_choices(agent::find_cell(with, api).value()).value();
    }
};

} // namespace

TEST_CASE_METHOD(by_hand_fixture, "the choices of a rollback are the releases that ran, newest first", "[agent]")
{
    two_versions();
    const auto all = choices();
    REQUIRE(all.size() == 2);
    CHECK(all[0].version.str() == "v2.0.0");
    CHECK(all[0].running);
    CHECK_FALSE(all[1].running);
    CHECK(agent::as_table(all).find("\n * v2.0.0   v2.0.0-") != std::string::npos);
}

TEST_CASE_METHOD(by_hand_fixture, "a rollback by hand needs no store, and no later poll undoes it", "[agent]")
{
    profile = GENERATE("supervisor", "systemd", "deploy");
    live =
        profile == "supervisor" ? live : root / (profile == "systemd" ? "units-services/fleetman-api" : "deployed/api");
    INFO(profile);
    two_versions();
    lose_the_store();
    const auto done = roll_back("v1.0.0");
    REQUIRE(done.has_value());
    CHECK(done->find("api is at v1.0.0 (v1.0.0-") == 0);
    CHECK(text(live / "run.sh") == "1");
    CHECK(text(live / "only-1") == "x");
    CHECK(text(live / "state.db") == "rows");
    CHECK((profile == "supervisor") == (!programs.history.empty() && programs.history.back() == "start fleetman-api"));
    CHECK((profile == "systemd") == (!units.history.empty() && units.history.back() == "start fleetman-api"));

    store->before = nullptr;
    programs.history.clear();
    units.history.clear();
    cycle();
    restart_agent();
    cycle();
    CHECK(programs.history.empty());
    CHECK(units.history.empty());
    CHECK(report().cells[0].version == "v1.0.0");

    trigger("api", "v2.0.0");
    cycle();
    CHECK(text(live / "run.sh") == "2");
    CHECK(text(live / "state.db") == "rows");
}

TEST_CASE_METHOD(by_hand_fixture, "the status tells that a person went back, and forth again", "[agent]")
{
    two_versions();
    const std::string newer = choices()[0].name;
    REQUIRE(roll_back("v1.0.0").has_value());
    CHECK_FALSE(status("api").success);
    CHECK(status("api").error == "rolled back by hand to v1.0.0");
    CHECK(status("api").running_version == "v1.0.0");
    CHECK(status("api").attempted_version == "v2.0.0");
    CHECK(status("api").trigger_id == "2");
    CHECK(status("api").state == "rolled_back");

    REQUIRE(roll_back(newer).has_value());
    CHECK(status("api").success);
    CHECK(status("api").running_version == "v2.0.0");
}

TEST_CASE_METHOD(by_hand_fixture, "a release that does not run any more is left for the one before", "[agent]")
{
    two_versions();
    const auto works = programs.when_started;
    programs.when_started = [&](const std::string& name) {
        if (text(root / "services/api/run.sh") == "1")
            return host::service_state{.phase = host::service_phase::failed, .detail = "no such database"};
        return works(name);
    };
    const auto done = roll_back("v1.0.0");
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().message().find("no such database") != std::string::npos);
    CHECK(text(root / "services/api/run.sh") == "2");
    CHECK(status("api").running_version == "v2.0.0");
    CHECK(choices().size() == 2); // the release asked for is not thrown away
}

TEST_CASE_METHOD(by_hand_fixture, "what cannot be gone back to is refused with the reason", "[agent]")
{
    two_versions();
    CHECK(roll_back("v2.0.0").error().message() == "api has v2.0.0 already, and no other release of it");
    CHECK(roll_back("v9.0.0").error().message() == "api has no release v9.0.0 on this host that ever ran");
    CHECK(roll_back("../v1.0.0").error().code() == errc::not_found);
    const auto other = testing::run(worker->roll_back(model::cell_id::parse("other").value(), "v1.0.0"));
    CHECK(other.error().message() == "no release of a cell other is installed here");
    CHECK(programs.history.empty());
}

TEST_CASE_METHOD(by_hand_fixture, "cut off behind any step, a rollback by hand is finished or undone", "[agent]")
{
    const std::string step = GENERATE("prepared", "stopped", "carried", "ready", "committed", "aligned", "loaded",
        "switched", "started", "verified", "dropped", "cleared");
    INFO("cut off behind " << step);
    two_versions();
    host.on_step = [&](std::string_view reached) {
        if (reached == step) {
            host.on_step = nullptr;
            throw std::runtime_error("cut off");
        }
    };
    CHECK_THROWS(roll_back("v1.0.0"));
    restart_agent();
    const std::string now = text(root / "services/api/run.sh");
    CHECK((now == "1" || now == "2"));
    CHECK(fs::exists(root / "services/api/only-1") == (now == "1"));
    CHECK(text(root / "services/api/state.db") == "rows");
    CHECK_FALSE(fs::exists(root / "services/.fleetman/api/journal.json"));
    CHECK(choices().size() == 2);
    CHECK(programs.of("fleetman-api").phase == host::service_phase::running);
    const model::deployment_status said = status("api");
    const std::string reason =
        now == "1" ? "rolled back by hand to v1.0.0" : "the rollback by hand to v1.0.0 was interrupted, and undone";
    CHECK(said.running_version == (now == "1" ? "v1.0.0" : "v2.0.0"));
    CHECK_FALSE(said.success);
    CHECK_THAT(said.error.value_or(""), Catch::Matchers::StartsWith(reason));
    CHECK(said.state == (now == "1" ? "rolled_back" : "failed"));
    programs.history.clear();
    cycle();
    CHECK(programs.history.empty());
}

TEST_CASE_METHOD(by_hand_fixture, "a cell that the bucket still wants is not removed by hand", "[agent]")
{
    two_versions();
    CHECK(remove(false).error().message().find("the bucket has a trigger for api") == 0);
    lose_the_store();
    CHECK(remove(false).error().message().find("whether the bucket still has a trigger for api is not known") == 0);
    CHECK(fs::exists(root / "services/api"));
    CHECK(remove(true).has_value());
    CHECK_FALSE(fs::exists(root / "services/api"));
}

TEST_CASE_METHOD(by_hand_fixture, "an unmanaged cell is removed by hand, with its files kept", "[agent]")
{
    two_versions();
    remove_all_keys();
    cycle();
    cycle();
    CHECK(report().cells.at(0).state == "unmanaged");
    const auto done = remove(false);
    REQUIRE(done.has_value());
    CHECK(done->find("api is removed; its files are in " + (root / "base/backup/fleetman-api-").string()) == 0);
    CHECK_FALSE(fs::exists(root / "conf.d/fleetman-api.conf"));
    cycle();
    CHECK(report().cells.empty());
    CHECK(remove(false).error().message() == "there is no cell api here");
}
