#include "assembly.hpp"
#include "commands.hpp"

#include <fleetman/core/log.hpp>
#include <fleetman/host/notify.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>

namespace fleetman::app {
namespace {

task<int> serve(agent::agent& worker)
{
    const result<void> started = co_await worker.start();
    if (!started) {
        log::error("agent", "cannot-start", {{"error", started.error().message()}});
        co_return EXIT_FAILURE;
    }
    host::notify_service_manager("READY=1");
    co_await worker.run();
    host::notify_service_manager("STOPPING=1");
    co_return EXIT_SUCCESS;
}

} // namespace

int run_agent(const std::filesystem::path& config)
{
    // Writing to a peer that has gone away is an error to handle, not a reason to die.
    std::signal(SIGPIPE, SIG_IGN);
    const result<std::unique_ptr<assembly>> made = assembly::make(config);
    if (!made) {
        std::cerr << "fleetagent: " << made.error().message() << '\n';
        return EXIT_FAILURE;
    }
    assembly& all = **made;
    int exit_code = EXIT_FAILURE;
    std::exception_ptr bug;
    boost::asio::signal_set signals(all.loop(), SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code failure, int) {
        if (!failure)
            all.agent().stop();
    });
    boost::asio::co_spawn(all.loop(), serve(all.agent()), [&](std::exception_ptr thrown, int code) {
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
