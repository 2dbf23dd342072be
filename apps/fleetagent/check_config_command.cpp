#include "commands.hpp"

#include <fleetman/config/agent_config.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>

namespace fleetman::app {
namespace {

int check_config(const std::filesystem::path& file)
{
    const auto loaded = config::load_agent_config(file);
    if (!loaded) {
        std::cerr << loaded.error().message() << '\n';
        return EXIT_FAILURE;
    }
    for (const std::string& warning : loaded->warnings)
        std::cerr << "warning: " << warning << '\n';
    const config::agent_config& value = loaded->value;
    std::string profiles;
    for (const auto& [configured, name] : {std::pair(value.systemd.has_value(), " systemd"),
             std::pair(value.supervisor.has_value(), " supervisor"), std::pair(value.deploy.has_value(), " deploy")})
        profiles += configured ? name : "";
    std::cout << file.string() << ": ok (node " << value.node.str()
              << ", profiles:" << (profiles.empty() ? " none" : profiles) << ")\n";
    return EXIT_SUCCESS;
}

} // namespace

void add_check_config_command(CLI::App& program, int& exit_code)
{
    const auto file = std::make_shared<std::string>();
    CLI::App* const command = program.add_subcommand("check-config", "Tell all mistakes of a configuration file");
    command->add_option("FILE", *file, "agent_config.yaml")->required();
    command->callback([file, &exit_code] { exit_code = check_config(*file); });
}

} // namespace fleetman::app
