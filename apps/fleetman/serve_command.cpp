#include "commands.hpp"
#include "serve.hpp"

#include <memory>

namespace fleetman::app {

void add_serve_command(CLI::App& program, int& exit_code)
{
    const auto options = std::make_shared<serve_options>();
    const auto refresh_ms = std::make_shared<std::int64_t>(options->refresh.count());
    CLI::App* command = program.add_subcommand("serve", "Run the controller until SIGTERM or Ctrl-C");
    command->add_option("--config", options->config, "The configuration file")->capture_default_str();
    command->add_option("--refresh-ms", *refresh_ms, "Pause between two looks at the agents' reports, in ms")
        ->check(CLI::Range(100, 3'600'000))
        ->capture_default_str();
    command->add_option("--dev-static", options->dev_static, "Serve the page from this folder, read anew each time")
        ->check(CLI::ExistingDirectory);
    command->add_option("--log-level", options->log_level)
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
        ->capture_default_str();
    command->add_flag("--log-json", options->log_json, "Log lines as JSON");
    command->callback([options, refresh_ms, &exit_code] {
        options->refresh = std::chrono::milliseconds(*refresh_ms);
        exit_code = serve(*options);
    });
}

} // namespace fleetman::app
