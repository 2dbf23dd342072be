#include "assembly.hpp"
#include "commands.hpp"
#include "run_task.hpp"

#include <fleetman/agent/permissions.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>

namespace fleetman::app {
namespace {

int report(const std::vector<agent::tried_permission>& tries)
{
    bool refused = false;
    for (const agent::tried_permission& one : tries) {
        if (one.refused) {
            refused = true;
            std::cout << "refused  " << one.what << ": " << one.refused->message() << "; allow " << one.needs << '\n';
        } else {
            std::cout << "ok       " << one.what << (one.note.empty() ? "" : " (" + one.note + ')') << '\n';
        }
    }
    return refused ? EXIT_FAILURE : EXIT_SUCCESS;
}

int check_store(const std::filesystem::path& file)
{
    const result<std::unique_ptr<onlooker>> made = onlooker::make(file);
    if (!made) {
        std::cerr << "fleetagent: " << made.error().message() << '\n';
        return EXIT_FAILURE;
    }
    onlooker& all = **made;
    const result<bucket::location> at = open_store(all.config(), all.time());
    if (!at) {
        std::cerr << "fleetagent: " << at.error().message() << '\n';
        return EXIT_FAILURE;
    }
    const model::node_id node = all.config().node;
    const std::string bucket = all.config().object_storage.bucket;
    const int exit_code = report(run_task(all.loop(), agent::try_permissions(*at, node, all.time())));
    std::cout << "\nThe least policy for this node:\n" << agent::policy_for(bucket, at->keys, node);
    return exit_code;
}

} // namespace

void add_check_store_command(CLI::App& program, int& exit_code)
{
    const auto config = std::make_shared<std::string>(default_config);
    CLI::App* const command =
        program.add_subcommand("check-store", "Try every permission that the agent needs in its bucket");
    command->add_option("--config", *config, "The configuration file")->capture_default_str();
    command->callback([config, &exit_code] { exit_code = check_store(*config); });
}

} // namespace fleetman::app
