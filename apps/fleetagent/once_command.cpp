#include "assembly.hpp"
#include "commands.hpp"

#include <boost/asio/co_spawn.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>

namespace fleetman::app {
namespace {

task<result<agent::agent::cycle>> one_cycle(agent::agent& worker)
{
    const result<void> started = co_await worker.start();
    if (!started)
        co_return started.error();
    co_return co_await worker.once();
}

// 0: all is as the bucket says; 1: a cell failed or is still pending, or the store could not be reached.
int once(const std::filesystem::path& config)
{
    std::signal(SIGPIPE, SIG_IGN);
    const result<std::unique_ptr<assembly>> made = assembly::make(config);
    if (!made) {
        std::cerr << "fleetagent: " << made.error().message() << '\n';
        return EXIT_FAILURE;
    }
    assembly& all = **made;
    int exit_code = EXIT_FAILURE;
    std::exception_ptr bug;
    boost::asio::co_spawn(
        all.loop(), one_cycle(all.agent()), [&](std::exception_ptr thrown, result<agent::agent::cycle> done) {
            bug = thrown;
            all.loop().stop();
            if (thrown)
                return;
            if (!done) {
                std::cerr << "fleetagent: " << done.error().message() << '\n';
                return;
            }
            std::cout << done->cells << " cells, " << done->deployed << " deployed, " << done->failed << " failed, "
                      << done->pending << " to be tried again\n";
            exit_code = done->failed + done->pending == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        });
    all.loop().run();
    if (bug)
        std::rethrow_exception(bug);
    return exit_code;
}

} // namespace

void add_once_command(CLI::App& program, int& exit_code)
{
    const auto config = std::make_shared<std::string>(default_config);
    CLI::App* const command = program.add_subcommand("once", "Look at the bucket once, do what it asks for, and end");
    command->add_option("--config", *config, "The configuration file")->capture_default_str();
    command->callback([config, &exit_code] { exit_code = once(*config); });
}

} // namespace fleetman::app
