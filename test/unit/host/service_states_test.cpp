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

std::map<std::string, service_state> groups_in(std::string_view listing)
{
    return states_by_group(parse_supervisor_listing(listing));
}

} // namespace

TEST_CASE("supervisor's listing tells each group's state, its own words and process ids", "[host]")
{
    const auto all = groups_in("a                                RUNNING   pid 812, uptime 0:00:05\n"
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
    const auto all = groups_in("web:web_00   RUNNING   pid 11, uptime 1:00:00\n"
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
    CHECK(shown("ActiveState=deactivating\nSubState=stop-sigterm\nResult=success\n").detail ==
          "deactivating (stop-sigterm)");
    CHECK(shown("ActiveState=deactivating\nSubState=stop-sigterm\nResult=timeout\n").detail ==
          "deactivating (stop-sigterm), timeout");
    CHECK(shown("LoadState=not-found\nActiveState=inactive\nSubState=dead\n").phase == service_phase::unknown);
    CHECK(shown("LoadState=loaded\nActiveState=inactive\nSubState=dead\n").phase == service_phase::stopped);
}

TEST_CASE("a unit's properties tell whether it starts at boot", "[host]")
{
    CHECK(shown("ActiveState=active\nUnitFileState=enabled\n").enabled == true);
    CHECK(shown("ActiveState=active\nUnitFileState=disabled\n").enabled == false);
    CHECK(shown("ActiveState=active\nUnitFileState=static\n").enabled == true); // nothing to enable
    CHECK(shown("ActiveState=active\nUnitFileState=\n").enabled == std::nullopt);
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

TEST_CASE("a oneshot unit's success before it was told to start is of an earlier run", "[host]")
{
    const auto properties = parse_properties("Type=oneshot\nLoadState=loaded\nActiveState=inactive\nSubState=dead\n"
                                             "Result=success\nExecMainStartTimestampMonotonic=5000000\n");
    const auto at = [](std::chrono::seconds since_boot) { return std::chrono::steady_clock::time_point(since_boot); };
    CHECK(state_from_properties(properties, at(std::chrono::seconds(4))).phase == service_phase::finished);
    const service_state before = state_from_properties(properties, at(std::chrono::seconds(6)));
    CHECK(before.phase == service_phase::stopped);
    CHECK(before.detail == "inactive (dead), it was not started: a unit that it needs may have failed");
}

TEST_CASE("a unit whose assertion does not hold has failed and says so", "[host]")
{
    const service_state seen = shown("LoadState=loaded\nActiveState=inactive\nSubState=dead\nResult=success\n"
                                     "AssertResult=no\nAssertTimestampMonotonic=55\n");
    CHECK(seen.phase == service_phase::failed);
    CHECK(seen.detail == "inactive (dead), an Assert…= of the unit does not hold");
}

TEST_CASE("a unit tells how long its start may take", "[host]")
{
    using namespace std::chrono_literals;
    CHECK(shown("ActiveState=active\nTimeoutStartUSec=1min 30s\n").start_limit == 90s);
    CHECK(shown("ActiveState=active\nTimeoutStartUSec=infinity\n").start_limit == no_start_limit);
    CHECK_FALSE(shown("ActiveState=active\n").start_limit.has_value());
    CHECK(parse_time_span("2h 5min 10s 250ms") == 2h + 5min + 10s + 250ms);
    CHECK(parse_time_span("1d") == 24h);
    CHECK(parse_time_span("2.5ms") == 3ms);
    CHECK(parse_time_span("0") == 0ms);
    CHECK(parse_time_span("900000y") == no_start_limit);
    for (const char* odd : {"", "s", "5parsecs", "-5s", "1.2.3s", "5 s"})
        CHECK_FALSE(parse_time_span(odd).has_value());
}

TEST_CASE("supervisord's log tells of an end that was not expected", "[host]")
{
    const std::string log = "2026-11-24 00:02:05,123 INFO exited: web_00 (exit status 0; expected)\n"
                            "2026-11-24 14:22:05,123 WARN exited: web (exit status 3; not expected)\n"
                            "2026-11-24 14:25:05,123 WARN exited: job (exit status 3; not expected)\n"
                            "2026-11-24 14:25:06,123 INFO exited: job (exit status 0; expected)\n"
                            "2026-11-24 14:26:06,123 WARN exited: cut (terminated by SIGKILL; not expected)";
    CHECK(unexpected_end(log, "web", "Nov 24 02:22 PM") == "exit status 3; not expected");
    CHECK(unexpected_end(log, "cut", "Nov 24 02:26 PM") == "terminated by SIGKILL; not expected");
    CHECK_FALSE(unexpected_end(log, "web", "Nov 24 02:23 PM").has_value()); // of an earlier run
    CHECK_FALSE(unexpected_end(log, "job", "Nov 24 02:25 PM").has_value());
    CHECK_FALSE(unexpected_end(log, "web_00", "Nov 24 12:02 AM").has_value());
    CHECK_FALSE(unexpected_end(log, "other", "Nov 24 02:22 PM").has_value());
    CHECK_FALSE(unexpected_end(" exited: x (", "x", "").has_value());
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
