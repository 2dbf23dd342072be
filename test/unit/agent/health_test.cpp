#include "fake_services.hpp"

#include <fleetman/agent/verify.hpp>
#include <fleetman/testing/imposter.hpp>
#include <fleetman/testing/run.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <unistd.h>

#include <cstdlib>
#include <fstream>

using namespace fleetman;
using namespace fleetman::agent;
using namespace std::chrono_literals;
using host::service_phase;
using testing::imposter;

namespace {

std::string answer(unsigned status, const std::string& body)
{
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

model::health_check http(const std::string& url, std::optional<std::uint16_t> status = {}, const std::string& body = "")
{
    return {.probe = model::http_check{url, status, body}, .interval = 100ms, .timeout = 300ms, .deadline = 5s};
}

model::health_check exec(std::vector<std::string> command)
{
    return {.probe = model::exec_check{std::move(command)}, .interval = 100ms, .timeout = 2s, .deadline = 5s};
}

// What one try says of a server that sends `bytes`.
std::string said_of(const std::string& bytes, const model::http_check& wanted, imposter::ending after)
{
    imposter server(testing::event_loop().get_executor());
    server.then(bytes, after);
    const model::health_check check = http(server.url() + "/health", wanted.status, wanted.body_contains);
    const result<void> seen = testing::run(try_check(check, {}));
    testing::run(server.stop());
    return seen ? "fine" : seen.error().message();
}

result<void> all_pass(std::vector<model::health_check> checks, check_site site = {})
{
    system_clock time;
    std::optional<error> failure;
    const health_checks wanted{std::move(checks), std::move(site)};
    return testing::run(pass_checks(wanted, time, failure));
}

} // namespace

TEST_CASE("an http check wants its status and its text", "[agent]")
{
    using enum imposter::ending;
    CHECK(said_of(answer(204, ""), {}, stall) == "fine");
    CHECK(said_of(answer(418, "x"), {.status = 418}, stall) == "fine");
    CHECK(said_of(answer(200, "all is well"), {.body_contains = "is well"}, stall) == "fine");
    CHECK(said_of(answer(500, "no database\n"), {}, stall) == "it answered 500 instead of 2xx, with \"no database\"");
    CHECK(said_of(answer(200, ""), {.status = 204}, stall) == "it answered 200 instead of 204, with \"\"");
    CHECK(said_of(answer(200, "odd"), {.body_contains = "well"}, stall) == "its answer lacks \"well\"; it was \"odd\"");
    CHECK(said_of("what\r\n\r\n", {}, close).starts_with("the answer is not HTTP"));
    CHECK(said_of("HTTP/1.1 200", {}, stall).find("300 ms") != std::string::npos);
}

TEST_CASE("a tcp check wants a connection", "[agent]")
{
    imposter server(testing::event_loop().get_executor());
    const std::string address = server.url().substr(std::string("http://").size());
    model::health_check check{.probe = model::tcp_check{address}};
    CHECK(testing::run(try_check(check, {})).has_value());
    testing::run(server.stop());
    CHECK(testing::run(try_check(check, {})).error().message() == address + ": connect: Connection refused");
}

TEST_CASE("an exec check wants exit code 0 from a command in the live folder, and tells its last line", "[agent]")
{
    const testing::scratch_folder live;
    std::ofstream(live.path() / "flag") << "here";
    const check_site site{.live = live.path()};
    const auto said = [&](std::vector<std::string> command) {
        const result<void> seen = testing::run(try_check(exec(std::move(command)), site));
        return seen ? "fine" : seen.error().message();
    };
    CHECK(said({"/bin/sh", "-c", "test -f flag"}) == "fine");
    CHECK(said({"sh", "-c", "echo first; echo it is broken; exit 3"}) ==
          "it ended with exit code 3, with \"it is broken\"");
    CHECK(said({"sh", "-c", "kill -9 $$"}) == "it was killed by signal 9");
    CHECK(said({"sleep", "30"}) == "it did not end within 2000 ms");
    CHECK(said({"no-such-program"}).find("No such file or directory") != std::string::npos);
}

TEST_CASE("a command of a check sees nothing of the agent's environment", "[agent]")
{
    ::setenv("FLEETMAN_TEST_SECRET", "s3cret", 1);
    const model::health_check unseen = exec({"sh", "-c", "! env | grep -q s3cret"});
    CHECK(testing::run(try_check(unseen, {.live = "/"})).has_value());
    if (::geteuid() == 0)
        CHECK(
            testing::run(try_check(unseen, {.live = "/", .account = check_account{"nobody", "nogroup"}})).has_value());
    ::unsetenv("FLEETMAN_TEST_SECRET");
}

TEST_CASE("an agent that is root runs a check's command as the service's account", "[agent][root]")
{
    if (::geteuid() != 0)
        return;
    const check_site site{.live = "/", .account = check_account{"nobody", "nogroup"}};
    CHECK(testing::run(try_check(exec({"sh", "-c", "test `id -un`.`id -gn`.`id -G` = nobody.nogroup.65534"}), site))
            .has_value());
}

TEST_CASE("checks are tried again until they have passed so often in a row", "[agent]")
{
    imposter server(testing::event_loop().get_executor());
    for (const unsigned status : {500U, 200U, 503U, 200U, 200U})
        server.then(answer(status, ""), imposter::ending::close);
    model::health_check check = http(server.url());
    check.successes = 2;
    CHECK(all_pass({check}).has_value());
    CHECK(server.used_up());
    testing::run(server.stop());
}

TEST_CASE("a check that does not pass within its deadline is named with what was seen", "[agent]")
{
    imposter server(testing::event_loop().get_executor());
    for (int i = 0; i < 10; ++i)
        server.then(answer(500, "no database"), imposter::ending::close);
    model::health_check check = http(server.url() + "/health");
    check.deadline = 250ms;
    const auto failed = all_pass({exec({"true"}), check});
    testing::run(server.stop());
    REQUIRE(failed.has_error());
    CHECK(failed.error().code() == errc::failed);
    CHECK_THAT(failed.error().message(),
        Catch::StartsWith("the health check http " + server.url() + "/health did not pass within 250 ms, in ") &&
            Catch::EndsWith(" tries: it answered 500 instead of 2xx, with \"no database\""));
}

TEST_CASE("a service is verified when its window is over and its checks have passed", "[agent]")
{
    system_clock time;
    testing::fake_services services;
    services.of("fleetman-a") = {.phase = service_phase::running, .detail = "up", .pids = {7}};
    const verify_limits limits{.start_limit = 5s, .window = 50ms, .pause = 10ms};
    const testing::scratch_folder live;
    const auto verified = [&](health_checks checks) {
        return testing::run(verify_running(services, "fleetman-a", limits, time, std::move(checks)));
    };
    // Passes at the second try only, long after the window.
    const model::health_check late = exec({"sh", "-c", "test -f second || ! touch second"});
    CHECK(verified({{late}, {.live = live.path()}}).has_value());
    CHECK(std::filesystem::exists(live.path() / "second"));

    model::health_check never = exec({"false"});
    never.deadline = 150ms;
    const auto failed = verified({{never, exec({"sleep", "2"})}, {.live = live.path()}});
    CHECK_THAT(failed.error().message(), Catch::StartsWith("the health check exec false did not pass within 150 ms"));

    services.of("fleetman-a") = {.phase = service_phase::failed, .detail = "failed (exit-code, status 3)"};
    CHECK(verified({{late}, {.live = live.path()}}).error().message() ==
          "fleetman-a does not run: it failed: failed (exit-code, status 3)");
}

TEST_CASE("a service that dies while a check is still being tried has failed at once", "[agent]")
{
    system_clock time;
    testing::fake_services services;
    const verify_limits limits{.start_limit = 5s, .window = 10ms, .pause = 10ms};
    const testing::scratch_folder live;
    services.when_asked = [&live](const std::string&) {
        const bool down = std::filesystem::exists(live.path() / "begun");
        return host::service_state{
            .phase = down ? service_phase::stopped : service_phase::running, .detail = "seen", .pids = {7}};
    };
    model::health_check slow = exec({"sh", "-c", "touch begun; exec sleep 30"});
    slow.timeout = 20s;
    const auto start = std::chrono::steady_clock::now();
    const auto failed = testing::run(verify_running(services, "a", limits, time, {{slow}, {.live = live.path()}}));
    CHECK(failed.error().message() == "a does not run: it stopped: seen");
    CHECK(std::chrono::steady_clock::now() - start < 10s);
}
