#include "commands.hpp"

#include <cstdlib>
#include <iostream>

namespace fleetman::app {

void add_version_command(CLI::App& program, int& exit_code)
{
    program.add_subcommand("version", "Print the version")->callback([&exit_code] {
        std::cout << "fleetman " FLEETMAN_VERSION "\n";
        exit_code = EXIT_SUCCESS;
    });
}

} // namespace fleetman::app
