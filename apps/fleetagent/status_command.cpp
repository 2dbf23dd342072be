#include "assembly.hpp"
#include "commands.hpp"
#include "run_task.hpp"

#include <fleetman/agent/overview.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>

namespace fleetman::app {
namespace {

int show_status(const std::filesystem::path& config, bool json)
{
    const result<std::unique_ptr<onlooker>> made = onlooker::make(config);
    if (!made) {
        std::cerr << "fleetagent: " << made.error().message() << '\n';
        return EXIT_FAILURE;
    }
    const result<agent::node_overview> seen = run_task((*made)->loop(), agent::look_at_node((*made)->host()));
    if (!seen) {
        std::cerr << "fleetagent: " << seen.error().message() << '\n';
        return EXIT_FAILURE;
    }
    for (const std::string& problem : seen->problems)
        std::cerr << "fleetagent: " << problem << '\n';
    std::cout << (json ? agent::as_json(*seen) + '\n' : agent::as_table(*seen));
    return EXIT_SUCCESS;
}

struct status_arguments
{
    std::string config = default_config;
    bool json = false;
};

} // namespace

void add_status_command(CLI::App& program, int& exit_code)
{
    const auto given = std::make_shared<status_arguments>();
    CLI::App* const command =
        program.add_subcommand("status", "Show this node's cells, from what is on disk and the service managers");
    command->add_option("--config", given->config, "The configuration file")->capture_default_str();
    command->add_flag("--json", given->json, "For scripts");
    command->callback([given, &exit_code] { exit_code = show_status(given->config, given->json); });
}

} // namespace fleetman::app
