#include <fleetman/host/supervisor_status.hpp>
#include <fleetman/host/supervisorctl.hpp>
#include <fleetman/host/systemctl.hpp>
#include <fleetman/testing/run.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>

using namespace fleetman;
using namespace fleetman::host;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// A program in the place of systemctl or supervisorctl: a script that the test writes.
struct script_fixture
{
    testing::scratch_folder scratch;
    fs::path program = scratch.path() / "program";

    void says(const std::string& script) const
    {
        std::ofstream(program) << "#!/bin/sh\n" << script << '\n';
        fs::permissions(program, fs::perms::owner_all);
    }
    systemctl units() const { return systemctl({.program = program, .query_limit = 10s, .change_limit = 200ms}); }
    supervisorctl programs() const { return supervisorctl({.program = program}); }
};

} // namespace

TEST_CASE("systemctl's words about systemd are told from those about a unit", "[host]")
{
    for (const char* words :
        {"Failed to connect to bus: No such file or directory",
            "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: "
            "Host is down",
            "Failed to get properties: Transport endpoint is not connected",
            "Failed to start a.service: Connection reset by peer",
            "Failed to start a.service: Message recipient disconnected from message bus without replying",
            "Failed to start a.service: Transaction for a.service/start is destructive (systemd-poweroff.service has "
            "'start' job queued, but 'stop' is included in transaction)."})
        CHECK(says_no_systemd(words));
    for (const char* words : {"", "Failed to start a.service: Unit a.service not found.",
             "Failed to start a.service: Unit a.service has a bad unit file setting.",
             "Job for a.service failed because the control process exited with error code."})
        CHECK_FALSE(says_no_systemd(words));
}

TEST_CASE("supervisorctl's words about supervisord are told from those about a program", "[host]")
{
    for (const char* words : {"unix:///run/s.sock no such file\n", "http://127.0.0.1:9001 refused connection\n",
             "error: <class 'xmlrpc.client.Fault'>, <Fault 6: 'SHUTDOWN_STATE'>: file: client.py line: 668",
             "ERROR: supervisor shutting down", "ERROR: already shutting down",
             "error: <class 'FileNotFoundError'>, [Errno 2] No such file or directory: file: xmlrpc.py line: 557"})
        CHECK(says_no_supervisord(words));
    for (const char* words : {"", "a: ERROR (no such file)", "a: ERROR (spawn error)", "a: ERROR (no such process)",
             "error: <class 'xmlrpc.client.Fault'>, <Fault 10: 'BAD_NAME'>: file: client.py line: 668"})
        CHECK_FALSE(says_no_supervisord(words));
}

TEST_CASE_METHOD(script_fixture, "without systemd every order is unavailable, and so it is without systemctl", "[host]")
{
    const bool missing = GENERATE(false, true);
    if (!missing)
        says("echo 'Failed to connect to bus: Connection refused' >&2; exit 1");
    systemctl services = units();
    CHECK(testing::run(services.start("a")).error().code() == errc::unavailable);
    CHECK(testing::run(services.stop("a")).error().code() == errc::unavailable);
    CHECK(testing::run(services.load("a")).error().code() == errc::unavailable);
    CHECK(testing::run(services.state("a")).error().code() == errc::unavailable);
    CHECK(testing::run(services.states("a")).error().code() == errc::unavailable);
}

TEST_CASE_METHOD(
    script_fixture, "without supervisord every order is unavailable, and so it is without supervisorctl", "[host]")
{
    const bool missing = GENERATE(false, true);
    if (!missing)
        says("echo unix:///run/s.sock no such file; exit 4");
    supervisorctl services = programs();
    CHECK(testing::run(services.start("a")).error().code() == errc::unavailable);
    CHECK(testing::run(services.stop("a")).error().code() == errc::unavailable);
    CHECK(testing::run(services.load("a")).error().code() == errc::unavailable);
    CHECK(testing::run(services.state("a")).error().code() == errc::unavailable);
}

TEST_CASE_METHOD(script_fixture, "a service that stops because the system goes down has not failed", "[host]")
{
    const std::string shown = R"(case $1 in
show) echo "LoadState=loaded"; echo "ActiveState=failed"; echo "SubState=failed";;
is-system-running) echo )";
    says(shown + "stopping; exit 1;;\nesac");
    const auto going_down = testing::run(units().state("a"));
    REQUIRE(going_down.has_error());
    CHECK(going_down.error().code() == errc::unavailable);
    says(shown + "degraded; exit 1;;\nesac");
    CHECK(testing::run(units().state("a")).value().phase == service_phase::failed);
}

TEST_CASE_METHOD(script_fixture, "a unit that does not stop is told from a systemd that does not answer", "[host]")
{
    says("case $1 in stop) exec sleep 60;; show) echo ActiveState=deactivating;; esac");
    CHECK(testing::run(units().stop("a")).error().code() == errc::failed);
    says("case $1 in stop) exec sleep 60;; *) echo 'Failed to connect to bus: x' >&2; exit 1;; esac");
    CHECK(testing::run(units().stop("a")).error().code() == errc::unavailable);
}
