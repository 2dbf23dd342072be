#include "ask_agent.hpp"
#include "assembly.hpp"
#include "commands.hpp"

#include <fleetman/agent/rollback.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>

namespace fleetman::app {
namespace {

struct rollback_arguments
{
    std::string config = default_config;
    std::string cell;
    std::string release;
};

result<std::string> choices(const std::filesystem::path& config, const model::cell_id& cell)
{
    const result<std::unique_ptr<onlooker>> made = onlooker::make(config);
    if (!made)
        return made.error();
    const result<agent::cell_layout> layout = agent::find_cell((*made)->host().with, cell);
    if (!layout)
        return layout.error();
    const auto all = agent::release_choices(*layout);
    if (!all)
        return all.error();
    return agent::as_table(*all) + "\nThe running one is marked. Go back with: fleetagent rollback " + cell.str() +
           " RELEASE (or a version)";
}

int roll_back(const rollback_arguments& given)
{
    const result<model::cell_id> cell = model::cell_id::load(given.cell);
    if (!cell)
        return tell_outcome(cell.error().within("CELL"));
    if (given.release.empty())
        return tell_outcome(choices(given.config, *cell));
    const auto by_ourselves = [id = *cell, release = given.release](
                                  agent::agent& worker) { return worker.roll_back(id, release); };
    return tell_outcome(do_by_hand(given.config, {.cell = *cell, .release = given.release}, by_ourselves));
}

} // namespace

void add_rollback_command(CLI::App& program, int& exit_code)
{
    const auto given = std::make_shared<rollback_arguments>();
    CLI::App* const command = program.add_subcommand(
        "rollback", "Make an earlier release the running one, without the network; without RELEASE: show the choices");
    command->add_option("CELL", given->cell, "The cell")->required();
    command->add_option("RELEASE", given->release, "A release of the list, or a version");
    command->add_option("--config", given->config, "The configuration file")->capture_default_str();
    command->callback([given, &exit_code] { exit_code = roll_back(*given); });
}

} // namespace fleetman::app
