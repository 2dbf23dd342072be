#include "commands.hpp"
#include "open_files.hpp"
#include "serve.hpp"
#include "store_command.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>

// `fleetman`: reads the command line and hands over.

namespace {

int run(int argc, char** argv)
{
    using namespace fleetman::app;
    int exit_code = EXIT_SUCCESS;
    CLI::App program("Fleetman's controller: deploys services to Linux nodes through an S3-compatible bucket.");
    program.footer("Without a command: serve, with ./controller_config.yaml.");
    program.require_subcommand(0, 1);
    add_serve_command(program, exit_code);
    add_check_config_command(program, exit_code);
    fleetman::add_store_command(program, exit_code);
    add_add_node_command(program, exit_code);
    add_hash_password_command(program, exit_code);
    add_version_command(program, exit_code);
    CLI11_PARSE(program, argc, argv);
    return program.get_subcommands().empty() ? serve(serve_options()) : exit_code;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        fleetman::app::raise_open_files();
        return run(argc, argv);
    } catch (const std::exception& bug) {
        std::cerr << "fleetman: " << bug.what() << '\n';
        return EXIT_FAILURE;
    }
}
