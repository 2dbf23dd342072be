#include "assembly.hpp"
#include "commands.hpp"

#include <fleetman/core/log.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/host/notify.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fleetman::app {
namespace {

constexpr milliseconds status_pause = std::chrono::seconds(10);
constexpr unsigned longest_end = 9; // seconds from SIGTERM

// Keeps the service manager informed: how it goes, and that it goes on at all. It restarts an agent that is silent for
// the unit's WatchdogSec=.
task<void> keep_informed(assembly& all)
{
    const std::optional<milliseconds> limit = host::watchdog_limit();
    const milliseconds pause = limit ? std::min(*limit / 2, status_pause) : status_pause;
    std::string said;
    while (true) {
        if (all.agent().makes_progress())
            host::notify_service_manager("WATCHDOG=1");
        std::string status = all.agent().summary();
        if (status != said && host::notify_service_manager("STATUS=" + status))
            said = std::move(status);
        co_await all.time().sleep(pause);
    }
}

task<int> serve(assembly& all)
{
    const result<void> started = co_await all.agent().start();
    if (!started) {
        log::error("agent", "cannot-start", {{"error", started.error().message()}});
        co_return EXIT_FAILURE;
    }
    host::notify_service_manager("READY=1");
    task_group informing(co_await boost::asio::this_coro::executor, "notify");
    informing.spawn(keep_informed(all));
    co_await all.agent().run();
    host::notify_service_manager("STOPPING=1");
    co_await informing.drain(milliseconds(0));
    co_return EXIT_SUCCESS;
}

void reload(assembly& all)
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch(); // CLOCK_MONOTONIC, sd_notify(3)
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    host::notify_service_manager("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
    all.reload();
    host::notify_service_manager("READY=1");
}

// Whatever still blocks by then, such as the copy of a large file. A journal tells the next start where to go on.
void end_at_last(int /*signal*/)
{
    constexpr std::string_view said = "fleetagent: ended in the middle of its work; the next start goes on with it\n";
    (void)!::write(STDERR_FILENO, said.data(), said.size());
    ::_exit(EXIT_SUCCESS);
}

// SIGHUP: the configuration is read again. Any other: the end.
void take_signal(boost::asio::signal_set& signals, assembly& all)
{
    signals.async_wait([&](boost::system::error_code failure, int signal) {
        if (failure)
            return;
        if (signal == SIGHUP) {
            reload(all);
        } else {
            if (const unsigned set_before = ::alarm(longest_end); set_before > 0)
                ::alarm(set_before); // only the first time counts
            all.agent().stop();
        }
        take_signal(signals, all);
    });
}

} // namespace

int run_agent(const std::filesystem::path& config)
{
    // Writing to a peer that has gone away is an error to handle, not a reason to die.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGALRM, end_at_last);
    const result<std::unique_ptr<assembly>> made = assembly::make(config);
    if (!made) {
        std::cerr << "fleetagent: " << made.error().message() << '\n';
        return EXIT_FAILURE;
    }
    assembly& all = **made;
    int exit_code = EXIT_FAILURE;
    std::exception_ptr bug;
    boost::asio::signal_set signals(all.loop(), SIGTERM, SIGINT, SIGHUP);
    take_signal(signals, all);
    boost::asio::co_spawn(all.loop(), serve(all), [&](std::exception_ptr thrown, int code) {
        bug = thrown;
        exit_code = code;
        signals.cancel();
        all.loop().stop();
    });
    all.loop().run();
    if (bug)
        std::rethrow_exception(bug);
    return exit_code;
}

void add_run_command(CLI::App& program, int& exit_code)
{
    const auto config = std::make_shared<std::string>(default_config);
    CLI::App* const command = program.add_subcommand("run", "Run until SIGTERM or Ctrl-C; services go on");
    command->add_option("--config", *config, "The configuration file")->capture_default_str();
    command->callback([config, &exit_code] { exit_code = run_agent(*config); });
}

} // namespace fleetman::app
