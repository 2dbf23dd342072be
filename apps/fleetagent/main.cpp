#include "commands.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>

// `fleetagent`: reads the command line and hands over.

namespace {

int run(int argc, char** argv)
{
    using namespace fleetman::app;
    int exit_code = EXIT_SUCCESS;
    std::string config = default_config;
    CLI::App program("Fleetman's agent: keeps the services of this node as its bucket says.");
    program.footer("Without a command: run, with FILE or ./agent_config.yaml.");
    program.require_subcommand(0, 1);
    program.set_version_flag("--version", "fleetagent " FLEETMAN_VERSION);
    program.add_option("FILE", config, "The configuration, when no command is given");
    add_run_command(program, exit_code);
    add_once_command(program, exit_code);
    add_status_command(program, exit_code);
    add_check_store_command(program, exit_code);
    add_rollback_command(program, exit_code);
    add_remove_command(program, exit_code);
    add_check_config_command(program, exit_code);
    add_version_command(program, exit_code);
    CLI11_PARSE(program, argc, argv);
    return program.get_subcommands().empty() ? run_agent(config) : exit_code;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception& bug) {
        std::cerr << "fleetagent: " << bug.what() << '\n';
        return EXIT_FAILURE;
    }
}
