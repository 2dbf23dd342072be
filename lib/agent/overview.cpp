#include <fleetman/agent/journal.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/overview.hpp>
#include <fleetman/agent/reconcile.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/lock_file.hpp>

#include <map>
#include <utility>

namespace fleetman::agent {
namespace {

using service_states = std::map<std::string, host::service_state>;

struct on_disk
{
    agent_state remembered;
    std::vector<installed_cell> installed;
    bool agent_running = false;
};

result<on_disk> read_disk(const settings& with)
{
    on_disk read;
    result<agent_state> remembered = load_agent_state(with.base_dir, with.node);
    if (!remembered)
        return remembered.error();
    read.remembered = *std::move(remembered);
    read.installed = installed_cells(with);
    read.agent_running = host::lock_file::is_held(lock_path(with));
    return read;
}

task<std::optional<service_states>> ask(
    host::service_manager* manager, std::string name, std::vector<std::string>& problems)
{
    if (manager == nullptr)
        co_return std::nullopt;
    result<service_states> all = co_await manager->states(std::string(service_prefix));
    if (!all) {
        problems.push_back(all.error().within(name).message());
        co_return std::nullopt;
    }
    co_return *std::move(all);
}

// A deployment that is under way, or was cut off, has a journal.
std::string under_way(const settings& with, const cell_overview& cell)
{
    const profile_folders* const folders = cell.profile ? with.folders_of(*cell.profile) : nullptr;
    if (folders == nullptr)
        return "";
    const auto journal = read_journal(cell_layout(*folders, *cell.profile, cell.cell));
    return journal && *journal ? "deploying (" + std::string(to_string((*journal)->at)) + ')' : "";
}

std::map<model::cell_id, cell_overview> rows_of(const on_disk& disk)
{
    std::map<model::cell_id, cell_overview> rows;
    for (const auto& [cell, known] : disk.remembered.cells)
        rows.emplace(cell, cell_overview{.cell = cell,
                               .profile = known.profile,
                               .manifest = known.manifest,
                               .version = known.current,
                               .state = known.state,
                               .trigger_id = known.handled ? known.handled->id : "",
                               .since = known.since != 0 ? known.since : known.deployed_at,
                               .error = known.error});
    for (const installed_cell& found : disk.installed) {
        cell_overview& row = rows.try_emplace(found.cell, cell_overview{.cell = found.cell}).first->second;
        row.profile = found.profile;
        row.manifest = found.manifest ? found.manifest : row.manifest;
        row.version = found.version ? found.version : row.version;
    }
    return rows;
}

} // namespace

std::filesystem::path lock_path(const settings& with)
{
    return with.state_directory / "lock";
}

task<result<node_overview>> look_at_node(const host_access& host)
{
    const result<on_disk> disk = co_await host.workers.run([&] { return read_disk(host.with); });
    if (!disk)
        co_return disk.error();
    node_overview seen{.node = host.with.node, .agent_running = disk->agent_running};
    const std::optional<service_states> units = co_await ask(host.systemd, "systemd", seen.problems);
    const std::optional<service_states> programs = co_await ask(host.supervisor, "supervisord", seen.problems);

    for (auto& [cell, row] : rows_of(*disk)) {
        const bool unit = row.profile == model::run_profile::systemd;
        const std::optional<service_states>& states = unit ? units : programs;
        if (states && (unit || row.profile == model::run_profile::supervisor)) {
            const auto place = states->find(std::string(service_prefix) + cell.str());
            row.service = place == states->end() ? host::service_state{} : place->second;
        }
        const std::string journal = co_await host.workers.run([&] { return under_way(host.with, row); });
        row.state = journal.empty() ? row.state : journal;
        seen.cells.push_back(std::move(row));
    }
    co_return seen;
}

} // namespace fleetman::agent
