#include "fake_services.hpp"

#include <fleetman/agent/verify.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::agent;
using namespace std::chrono_literals;
using host::service_phase;

namespace {

const verify_limits limits{.start_limit = 30s, .window = 10s};

host::service_state running(pid_t pid, std::uint64_t restarts = 0)
{
    return {.phase = service_phase::running, .detail = "up", .restarts = restarts, .pids = {pid}};
}

} // namespace

TEST_CASE("a service passes when it has run through the window in one go", "[agent]")
{
    settle_judge judge(limits);
    CHECK(judge.look({.phase = service_phase::starting}, 1s) == verdict::wait);
    CHECK(judge.look(running(7), 5s) == verdict::wait);
    CHECK(judge.look(running(7), 14s) == verdict::wait);
    CHECK(judge.look(running(7), 15s) == verdict::passed);
}

TEST_CASE("the window begins when the service is up, not when it was asked to start", "[agent]")
{
    settle_judge judge(limits);
    CHECK(judge.look({.phase = service_phase::starting}, 29s) == verdict::wait);
    CHECK(judge.look(running(7), 30s) == verdict::wait);
    CHECK(judge.look(running(7), 39s) == verdict::wait);
}

TEST_CASE("a crash is noticed at once", "[agent]")
{
    CHECK(settle_judge(limits).look({.phase = service_phase::failed}, 0s) == verdict::failed);
    CHECK(settle_judge(limits).look(running(7, 1), 0s) == verdict::failed);

    settle_judge changed(limits);
    CHECK(changed.look(running(7), 1s) == verdict::wait);
    CHECK(changed.look(running(8), 2s) == verdict::failed);
    CHECK(changed.reason() == "its process ended and another was started");

    settle_judge again(limits);
    CHECK(again.look(running(7), 1s) == verdict::wait);
    CHECK(again.look({.phase = service_phase::starting}, 2s) == verdict::failed);
}

TEST_CASE("a service that ends before the window does has failed, unless it was meant to end", "[agent]")
{
    settle_judge ended(limits);
    CHECK(ended.look(running(7), 1s) == verdict::wait);
    CHECK(ended.look({.phase = service_phase::stopped, .detail = "inactive (dead)"}, 2s) == verdict::failed);
    CHECK(ended.reason() == "it stopped: inactive (dead)");
    CHECK(settle_judge(limits).look({.phase = service_phase::finished}, 0s) == verdict::passed);
}

TEST_CASE("right after the order to start the state before it does not count", "[agent]")
{
    settle_judge judge(limits);
    CHECK(judge.look({.phase = service_phase::stopped}, 0s) == verdict::wait);
    CHECK(judge.look({.phase = service_phase::stopped}, 5s) == verdict::failed);
}

TEST_CASE("a service that does not come up within its limit has failed", "[agent]")
{
    settle_judge judge(limits);
    CHECK(judge.look({.phase = service_phase::starting, .detail = "activating (start)"}, 31s) == verdict::failed);
    CHECK(judge.reason() == "it was not up within 30000 ms: activating (start)");
}

TEST_CASE("what a service's own definition says about its start counts before the agent's setting", "[agent]")
{
    const auto starting = [](milliseconds limit) {
        return host::service_state{.phase = service_phase::starting, .detail = "activating", .start_limit = limit};
    };
    CHECK(settle_judge(limits).look(starting(2s), 6s) == verdict::wait); // the manager's own verdict may be on its way
    settle_judge short_one(limits);
    CHECK(short_one.look(starting(2s), 8s) == verdict::failed);
    CHECK(short_one.reason() == "it was not up within 7000 ms: activating");
    CHECK(settle_judge(limits).look(starting(10min), 9min) == verdict::wait);

    settle_judge endless(limits);
    CHECK(endless.look(starting(host::no_start_limit), longest_start) == verdict::wait);
    CHECK(endless.look(starting(host::no_start_limit), longest_start + 1s) == verdict::failed);
    CHECK(endless.reason() ==
          "it was not up within 900000 ms, which is our limit since its definition sets none: activating");
}

TEST_CASE("watching ends with the judge's verdict and names the service", "[agent]")
{
    testing::manual_clock time;
    testing::fake_services services;
    services.of("fleetman-a") = running(7);
    CHECK(testing::run(verify_running(services, "fleetman-a", limits, time)).has_value());
    CHECK(time.steady.time_since_epoch() == 10s);

    services.of("fleetman-a") = {.phase = service_phase::failed, .detail = "FATAL"};
    const auto seen = testing::run(verify_running(services, "fleetman-a", limits, time));
    CHECK(seen.error().message() == "fleetman-a does not run: it failed: FATAL");
}
