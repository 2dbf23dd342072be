#pragma once

#include <chrono>
#include <filesystem>
#include <string>

// The controller as a process: from a configuration file to a port that answers, and down again in order.

namespace fleetman::app {

struct serve_options
{
    std::filesystem::path config = "controller_config.yaml";
    std::filesystem::path dev_static;         // empty: the page that the build put into the program
    std::chrono::milliseconds refresh{5'000}; // of the fleet's state
    std::string log_level = "info";
    bool log_json = false;
};

// Serves until SIGTERM or SIGINT; returns the process's exit code.
int serve(const serve_options& options);

} // namespace fleetman::app
