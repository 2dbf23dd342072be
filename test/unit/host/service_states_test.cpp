#include <fleetman/host/supervisorctl.hpp>
#include <fleetman/host/systemctl.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::host;

namespace {

service_state shown(std::string_view text)
{
    return state_from_properties(parse_properties(text));
}

} // namespace

TEST_CASE("supervisor's listing tells each group's state, its own words and process ids", "[host]")
{
    const auto all = parse_supervisor_status("a                                RUNNING   pid 812, uptime 0:00:05\n"
                                             "b                                BACKOFF   Exited too quickly\n"
                                             "c                                STARTING  \n"
                                             "d                                EXITED    Nov 23 10:16 PM\n"
                                             "e                                STOPPED   Not started\n"
                                             "f                                FATAL     can't find command\n"
                                             "unix:///run/supervisor.sock no such file\n");
    CHECK(all.size() == 6);
    CHECK(all.at("a") == service_state{.phase = service_phase::running, .detail = "RUNNING", .pids = {812}});
    CHECK(all.at("b") == service_state{.phase = service_phase::failed, .detail = "BACKOFF Exited too quickly"});
    CHECK(all.at("c").phase == service_phase::starting);
    CHECK(all.at("d").phase == service_phase::finished);
    CHECK(all.at("e").phase == service_phase::stopped);
    CHECK(all.at("f").phase == service_phase::failed);
}

TEST_CASE("a group of supervisor's is as well as the worst of its processes", "[host]")
{
    const auto all = parse_supervisor_status("web:web_00   RUNNING   pid 11, uptime 1:00:00\n"
                                             "web:web_01   FATAL     Exited too quickly\n"
                                             "web:web_02   RUNNING   pid 13, uptime 1:00:00\n");
    REQUIRE(all.size() == 1);
    CHECK(all.at("web").phase == service_phase::failed);
    CHECK(all.at("web").detail == "FATAL Exited too quickly");
    CHECK(all.at("web").pids == std::vector<pid_t>{11, 13});
}

TEST_CASE("a unit's properties tell its state", "[host]")
{
    const service_state up = shown("MainPID=77\nActiveState=active\nSubState=running\nNRestarts=2\nType=simple\n");
    CHECK(up.phase == service_phase::running);
    CHECK(up.restarts == 2);
    CHECK(up.pids == std::vector<pid_t>{77});
    CHECK(up.detail == "active (running)");

    CHECK(shown("ActiveState=activating\nSubState=start\n").phase == service_phase::starting);
    CHECK(shown("ActiveState=deactivating\nSubState=stop-sigterm\n").phase == service_phase::stopping);
    CHECK(shown("LoadState=not-found\nActiveState=inactive\nSubState=dead\n").phase == service_phase::unknown);
    CHECK(shown("LoadState=loaded\nActiveState=inactive\nSubState=dead\n").phase == service_phase::stopped);
}

TEST_CASE("a unit that waits for its automatic restart has failed", "[host]")
{
    const service_state seen = shown("ActiveState=activating\nSubState=auto-restart\nResult=exit-code\n"
                                     "ExecMainStatus=3\nNRestarts=1\n");
    CHECK(seen.phase == service_phase::failed);
    CHECK(seen.detail == "activating (auto-restart), exit-code, status 3");
}

TEST_CASE("a oneshot unit has finished only when it ran with success", "[host]")
{
    const std::string dead = "Type=oneshot\nLoadState=loaded\nActiveState=inactive\nSubState=dead\n";
    CHECK(shown(dead + "Result=success\nExecMainStartTimestampMonotonic=123\n").phase == service_phase::finished);
    CHECK(shown(dead + "Result=success\nExecMainStartTimestampMonotonic=0\n").phase == service_phase::stopped);
}

TEST_CASE("a unit whose condition does not hold has failed and says so", "[host]")
{
    const service_state seen = shown("LoadState=loaded\nActiveState=inactive\nSubState=dead\nResult=success\n"
                                     "ConditionResult=no\nConditionTimestampMonotonic=55\n");
    CHECK(seen.phase == service_phase::failed);
    CHECK(seen.detail == "inactive (dead), a Condition…= of the unit does not hold");
    CHECK(shown("LoadState=loaded\nActiveState=inactive\nConditionResult=no\nConditionTimestampMonotonic=0\n").phase ==
          service_phase::stopped);
}

TEST_CASE("the list of units tells the state of each service", "[host]")
{
    const auto all = parse_unit_list(R"([
        {"unit":"fleetman-a.service","load":"loaded","active":"active","sub":"running","description":"A"},
        {"unit":"fleetman-b.service","load":"loaded","active":"failed","sub":"failed","description":"B"},
        {"unit":"fleetman-c.service","load":"not-found","active":"inactive","sub":"dead","description":"C"},
        {"unit":"fleetman-d.timer","load":"loaded","active":"active","sub":"waiting","description":"D"}])");
    REQUIRE(all.has_value());
    CHECK(all->size() == 2);
    CHECK(all->at("fleetman-a").phase == service_phase::running);
    CHECK(all->at("fleetman-b").phase == service_phase::failed);
    CHECK(parse_unit_list("").has_error());
    CHECK(parse_unit_list("{}").has_error());
    CHECK(parse_unit_list("[1, null]").value().empty());
}
