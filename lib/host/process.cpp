#include "spawn.hpp"

#include <fleetman/core/deadline.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/host/os_error.hpp>
#include <fleetman/host/process.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/process/v2/process.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>

namespace fleetman::host {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds term_grace = 3s;   // between TERM and KILL
constexpr milliseconds kill_grace = 5s;   // a process in an uninterruptible wait does not even heed KILL
constexpr milliseconds output_grace = 1s; // a grandchild may hold the pipe after the program's end
constexpr std::size_t described_output = 2000;

struct captured
{
    explicit captured(asio::readable_pipe from) : pipe(std::move(from)) {}

    asio::readable_pipe pipe;
    std::string text;
    bool truncated = false;
};

// Reads on past the cap, so that the program is never stuck on a full pipe.
task<void> drain(std::shared_ptr<captured> into, std::size_t cap)
{
    std::array<char, std::size_t{16} * 1024> buffer{};
    for (;;) {
        const auto [failure, count] = co_await into->pipe.async_read_some(asio::buffer(buffer), quietly);
        if (failure)
            co_return;
        const std::size_t kept = std::min(count, cap - into->text.size());
        into->text.append(buffer.data(), kept);
        into->truncated |= kept < count;
    }
}

// A pidfd is readable once its process has ended, before anyone has reaped it (pidfd_open(2)).
bool has_ended(asio::posix::stream_descriptor& notice)
{
    pollfd asked{notice.native_handle(), POLLIN, 0};
    return ::poll(&asked, 1, 0) == 1;
}

// Asio 1.26 may report a wait as done for an event of the descriptor that had this number before, so look again.
task<result<void>> ended(asio::posix::stream_descriptor& notice)
{
    while (!has_ended(notice)) {
        const auto [failure] = co_await notice.async_wait(asio::posix::stream_descriptor::wait_read, quietly);
        if (failure)
            co_return error(errc::cancelled, "stopped");
    }
    co_return result<void>();
}

task<bool> ends_within(asio::posix::stream_descriptor& notice, milliseconds limit)
{
    task<result<void>> end = ended(notice);
    const result<void> seen = co_await with_deadline(std::move(end), limit);
    co_return seen.has_value();
}

// True once the program has ended, on its own or by our hand.
task<bool> end_group(asio::posix::stream_descriptor& notice, pid_t group)
{
    ::killpg(group, SIGTERM);
    bool gone = co_await ends_within(notice, term_grace);
    if (!gone) {
        ::killpg(group, SIGKILL);
        gone = co_await ends_within(notice, kill_grace);
    }
    co_return gone;
}

std::string last_part(std::string_view text)
{
    const std::string_view shown = trimmed(text);
    return std::string(shown.substr(shown.size() - std::min(shown.size(), described_output)));
}

// In a coroutine thread of its own, since it turns cancellation off for the clearing up, which must not be its
// caller's.
task<result<outcome>> supervise(command what)
{
    result<child> started = spawn(what);
    if (!started)
        co_return started.error();

    const auto executor = co_await asio::this_coro::executor;
    const auto out = std::make_shared<captured>(asio::readable_pipe(executor, started->out.release()));
    const auto err = std::make_shared<captured>(asio::readable_pipe(executor, started->err.release()));
    asio::posix::stream_descriptor notice(executor, started->end_notice.release());
    boost::process::v2::process program(executor, started->pid, started->pidfd.release());
    task_group readers(executor, "process-output");
    readers.spawn(drain(out, what.max_output));
    readers.spawn(drain(err, what.max_output));

    co_await asio::this_coro::throw_if_cancelled(false);
    const bool in_time = co_await ends_within(notice, what.deadline);
    const auto asked = co_await asio::this_coro::cancellation_state;
    const bool stopped = asked.cancelled() != asio::cancellation_type::none;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());

    const bool gone = in_time || co_await end_group(notice, started->pid);
    ::killpg(started->pid, SIGKILL); // the leader is not reaped yet, so the group is still ours
    co_await readers.drain(output_grace);
    if (!gone) {
        program.detach();
        co_return error(errc::unavailable, what.str() + ": does not end, even by KILL");
    }
    co_await program.async_wait(quietly);
    const int status = program.native_exit_code();
    program.detach(); // reaped: its number may be another's by the time of the destructor
    if (stopped)
        co_return error(errc::cancelled, what.str() + ": stopped");

    outcome seen{.timed_out = !in_time, .truncated = out->truncated || err->truncated};
    if (WIFSIGNALED(status))
        seen.signal = WTERMSIG(status);
    else
        seen.exit_code = WEXITSTATUS(status);
    seen.out = std::move(out->text);
    seen.err = std::move(err->text);
    co_return seen;
}

} // namespace

std::string command::str() const
{
    std::string line;
    for (const std::string& argument : arguments)
        line.append(line.empty() ? "" : " ").append(argument);
    return line;
}

std::string outcome::describe() const
{
    std::string text;
    if (timed_out)
        text = "no answer within its deadline";
    else if (signal != 0)
        text = "killed by signal " + std::to_string(signal);
    else
        text = "exit code " + std::to_string(exit_code);
    const std::string said = last_part(trimmed(err).empty() ? out : err);
    return said.empty() ? text : text + ": " + said;
}

task<result<outcome>> run(command what)
{
    const auto executor = co_await asio::this_coro::executor;
    task<result<outcome>> watched = supervise(std::move(what));
    co_return co_await asio::co_spawn(executor, std::move(watched), asio::use_awaitable);
}

task<result<std::string>> run_or_fail(command what)
{
    const std::string line = what.str();
    result<outcome> seen = co_await run(std::move(what));
    if (!seen)
        co_return seen.error();
    if (!seen->succeeded())
        co_return error(seen->timed_out ? errc::unavailable : errc::failed, line + ": " + seen->describe());
    co_return std::move(seen->out);
}

} // namespace fleetman::host
