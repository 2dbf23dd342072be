#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>

// The subcommands of `fleetagent`, each in a file of its own. Adding one declares its options; when it is the one that
// was asked for, it runs and leaves the process's exit code.

namespace fleetman::app {

inline constexpr const char* default_config = "agent_config.yaml"; // in the working directory, as the original

void add_run_command(CLI::App& program, int& exit_code);
void add_once_command(CLI::App& program, int& exit_code);
void add_status_command(CLI::App& program, int& exit_code);
void add_check_store_command(CLI::App& program, int& exit_code);
void add_rollback_command(CLI::App& program, int& exit_code);
void add_remove_command(CLI::App& program, int& exit_code);
void add_check_config_command(CLI::App& program, int& exit_code);
void add_version_command(CLI::App& program, int& exit_code);

// Until SIGTERM or SIGINT.
int run_agent(const std::filesystem::path& config);

} // namespace fleetman::app
