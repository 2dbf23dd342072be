#include "commands.hpp"

#include <fleetman/config/controller_config.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

namespace fleetman::app {

namespace {

int check_config(const std::filesystem::path& file)
{
    const auto loaded = config::load_controller_config(file);
    if (!loaded) {
        std::cerr << loaded.error().message() << '\n';
        return EXIT_FAILURE;
    }
    for (const std::string& warning : loaded->warnings)
        std::cerr << "warning: " << warning << '\n';
    const config::controller_config& value = loaded->value;
    std::cout << file.string() << ": ok (" << value.buckets.size() << " bucket connections, " << value.manifests.size()
              << " manifests, " << value.cells.size() << " cells)\n";
    return EXIT_SUCCESS;
}

} // namespace

void add_check_config_command(CLI::App& program, int& exit_code)
{
    const auto file = std::make_shared<std::filesystem::path>();
    CLI::App* command = program.add_subcommand("check-config", "Tell all mistakes of a configuration file");
    command->add_option("FILE", *file, "controller_config.yaml")->required();
    command->callback([file, &exit_code] { exit_code = check_config(*file); });
}

} // namespace fleetman::app
