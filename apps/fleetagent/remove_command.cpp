#include "ask_agent.hpp"
#include "commands.hpp"

#include <memory>

namespace fleetman::app {
namespace {

struct remove_arguments
{
    std::string config = default_config;
    std::string cell;
    bool forced = false;
};

int remove(const remove_arguments& given)
{
    const result<model::cell_id> cell = model::cell_id::load(given.cell);
    if (!cell)
        return tell_outcome(cell.error().within("CELL"));
    const auto by_ourselves = [id = *cell, forced = given.forced](
                                  agent::agent& worker) { return worker.remove(id, forced); };
    const agent::request wanted{.what = agent::request::kind::remove, .cell = *cell, .forced = given.forced};
    return tell_outcome(do_by_hand(given.config, wanted, by_ourselves));
}

} // namespace

void add_remove_command(CLI::App& program, int& exit_code)
{
    const auto given = std::make_shared<remove_arguments>();
    CLI::App* const command = program.add_subcommand(
        "remove", "Stop a cell that the bucket does not want any more, and move its files to backup/");
    command->add_option("CELL", given->cell, "The cell")->required();
    command->add_flag("--force", given->forced, "Do not ask the bucket; a cell that it still wants comes back");
    command->add_option("--config", given->config, "The configuration file")->capture_default_str();
    command->callback([given, &exit_code] { exit_code = remove(*given); });
}

} // namespace fleetman::app
