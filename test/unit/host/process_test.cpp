#include <fleetman/core/deadline.hpp>
#include <fleetman/core/descriptor.hpp>
#include <fleetman/host/process.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>

using namespace fleetman;
using namespace fleetman::host;
using namespace std::chrono_literals;

namespace {

command shell(std::string script)
{
    return {.arguments = {"/bin/sh", "-c", std::move(script)}};
}

std::size_t open_descriptors()
{
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
}

} // namespace

TEST_CASE("a command's exit code and both outputs come back", "[host]")
{
    const outcome seen = testing::run(run(shell("echo out; echo err >&2; exit 3"))).value();
    CHECK(seen.exit_code == 3);
    CHECK(seen.signal == 0);
    CHECK(seen.out == "out\n");
    CHECK(seen.err == "err\n");
    CHECK_FALSE(seen.succeeded());
    CHECK(seen.describe() == "exit code 3: err");
}

TEST_CASE("arguments reach the program as they are, without a shell", "[host]")
{
    const command echo{.arguments = {"/bin/echo", "a b", "$HOME", "; exit 1"}};
    CHECK(testing::run(run(echo)).value().out == "a b $HOME ; exit 1\n");
}

TEST_CASE("a program that does not exist is not_found and named", "[host]")
{
    const auto seen = testing::run(run({.arguments = {"/no/such/program"}}));
    REQUIRE(seen.has_error());
    CHECK(seen.error().code() == errc::not_found);
    CHECK(seen.error().message() == "run /no/such/program: No such file or directory");
}

TEST_CASE("a program killed by a signal says which", "[host]")
{
    const outcome seen = testing::run(run(shell("kill -9 $$"))).value();
    CHECK(seen.signal == SIGKILL);
    CHECK(seen.describe() == "killed by signal 9");
}

TEST_CASE("output beyond the cap is dropped and the program still ends", "[host]")
{
    command loud = shell("head -c 1000000 /dev/zero");
    loud.max_output = 1000;
    const outcome seen = testing::run(run(loud)).value();
    CHECK(seen.succeeded());
    CHECK(seen.truncated);
    CHECK(seen.out.size() == 1000);
}

TEST_CASE("a program past its deadline is ended with all that it started", "[host]")
{
    command slow = shell("sleep 1000 & echo $!; wait");
    slow.deadline = 100ms;
    const outcome seen = testing::run(run(slow)).value();
    CHECK(seen.timed_out);
    const pid_t grandchild = std::stoi(seen.out);
    // Killed; its new parent may take a moment to reap it, so a zombie is as good as gone.
    const std::filesystem::path entry = "/proc/" + std::to_string(grandchild) + "/cwd";
    std::error_code gone;
    CHECK(std::filesystem::read_symlink(entry, gone).empty());
}

TEST_CASE("a program that ignores TERM is killed", "[host]")
{
    command stubborn = shell("trap '' TERM; while :; do sleep 0.05; done");
    stubborn.deadline = 50ms;
    const outcome seen = testing::run(run(stubborn)).value();
    CHECK(seen.timed_out);
    CHECK(seen.signal == SIGKILL);
}

TEST_CASE("a daemon that keeps the pipe open does not hold the caller", "[host]")
{
    const auto start = std::chrono::steady_clock::now();
    const outcome seen = testing::run(run(shell("setsid sleep 5 & echo done"))).value();
    CHECK(seen.out == "done\n");
    CHECK(std::chrono::steady_clock::now() - start < 4s);
}

TEST_CASE("no descriptor of ours is inherited and none is left behind", "[host]")
{
    const descriptor ours(::open("/dev/null", O_RDONLY)); // without O_CLOEXEC, as a library might open it
    testing::run(run(shell("true"))).value();
    const std::size_t before = open_descriptors();
    const outcome seen = testing::run(run(shell("ls /proc/self/fd | wc -l"))).value();
    CHECK(seen.out == "4\n"); // 0, 1, 2 and the folder that ls reads
    CHECK(open_descriptors() == before);
}

TEST_CASE("one command after the other ends on its own", "[host]")
{
    for (int i = 0; i < 200; ++i)
        CHECK(testing::run(run(shell("sleep 0.002; exit 7"))).value().exit_code == 7);
}

TEST_CASE("cancelling the caller ends the program and says so", "[host]")
{
    const auto start = std::chrono::steady_clock::now();
    const auto seen = testing::run(with_deadline(run(shell("sleep 1000")), 50ms));
    REQUIRE(seen.has_error());
    CHECK(std::chrono::steady_clock::now() - start < 10s);
}

namespace {

task<result<void>> run_then_wait(bool& ended)
{
    (void)co_await run(shell("true"));
    system_clock time;
    for (int i = 0; i < 100; ++i)
        co_await time.sleep(100ms);
    ended = true;
    co_return result<void>();
}

} // namespace

TEST_CASE("after a command its caller can be cancelled as before", "[host]")
{
    bool ended = false;
    const auto start = std::chrono::steady_clock::now();
    CHECK(testing::run(with_deadline(run_then_wait(ended), 200ms)).has_error());
    CHECK_FALSE(ended);
    CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("run_or_fail turns a refusal into a sentence with what was said", "[host]")
{
    const auto seen = testing::run(run_or_fail(shell("echo no >&2; exit 1")));
    REQUIRE(seen.has_error());
    CHECK(seen.error().code() == errc::failed);
    CHECK(seen.error().message() == "/bin/sh -c echo no >&2; exit 1: exit code 1: no");
}
