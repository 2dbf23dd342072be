#pragma once

#include <CLI/CLI.hpp>

// The subcommands of `fleetman`, each in a file of its own (`store`: store_command.hpp). Adding one declares its
// options; when it is the one that was asked for, it runs and leaves the process's exit code.

namespace fleetman::app {

void add_serve_command(CLI::App& program, int& exit_code);
void add_check_config_command(CLI::App& program, int& exit_code);
void add_add_node_command(CLI::App& program, int& exit_code);
void add_hash_password_command(CLI::App& program, int& exit_code);
void add_version_command(CLI::App& program, int& exit_code);

} // namespace fleetman::app
