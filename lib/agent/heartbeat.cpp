#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/reconcile.hpp>
#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/timestamp.hpp>

#include <unistd.h>

#include <array>
#include <utility>

namespace fleetman::agent {
namespace {

using service_states = std::map<std::string, host::service_state>;

std::string host_name()
{
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

// All of ours in one query; a manager that does not answer says nothing about its services.
task<std::optional<service_states>> states_of(host::service_manager* manager)
{
    if (manager == nullptr)
        co_return std::nullopt;
    result<service_states> all = co_await manager->states(std::string(service_prefix));
    if (!all) {
        log::warning("agent", "service-manager-silent", {{"error", all.error().message()}});
        co_return std::nullopt;
    }
    co_return *std::move(all);
}

std::optional<bool> is_running(const std::optional<service_states>& all, const model::cell_id& cell)
{
    if (!all)
        return std::nullopt;
    const auto place = all->find(std::string(service_prefix) + cell.str());
    return place != all->end() && place->second.phase == host::service_phase::running;
}

} // namespace

task<model::agent_report> agent::make_report()
{
    const auto here = now_; // also when it is configured anew meanwhile
    const std::optional<service_states> units = co_await states_of(here->host.systemd);
    const std::optional<service_states> programs = co_await states_of(here->host.supervisor);
    const std::vector<installed_cell> installed =
        co_await here->host.workers.run([&] { return installed_cells(here->host.with); });

    model::agent_report made{.report_timestamp = unix_seconds(here->host.time.now()),
        .node = here->host.with.node,
        .heartbeat_interval_ms = here->host.with.heartbeat_interval.count(),
        .agent_version = version_,
        .instance_id = instance_,
        .hostname = host_name()};
    const auto add = [&](const model::cell_id& cell, model::run_profile profile,
                         const std::optional<model::manifest_name>& manifest,
                         const std::optional<model::version>& version) {
        const auto fallback = model::manifest_name::load(cell.str());
        if (!manifest && !fallback)
            return;
        model::cell_report one{.cell = cell, .manifest = manifest ? *manifest : *fallback, .profile = profile};
        if (version)
            one.version = version->str();
        if (profile == model::run_profile::systemd)
            one.running = is_running(units, cell);
        if (profile == model::run_profile::supervisor)
            one.running = is_running(programs, cell);
        if (const auto known = state_.cells.find(cell); known != state_.cells.end()) {
            if (!known->second.state.empty())
                one.state = known->second.state;
            if (known->second.handled && !known->second.handled->id.empty())
                one.trigger_id = known->second.handled->id;
            known->second.running = one.running.value_or(false);
        }
        made.cells.push_back(std::move(one));
    };
    std::set<model::cell_id> added;
    for (const installed_cell& cell : installed)
        if (added.insert(cell.cell).second)
            add(cell.cell, cell.profile, cell.manifest, cell.version);
    for (const auto& [cell, known] : state_.cells)
        if (known.profile && !added.contains(cell))
            add(cell, *known.profile, known.manifest, known.current);
    co_return made;
}

task<result<void>> agent::report()
{
    const auto here = now_; // also when it is configured anew meanwhile
    const result<std::string> written = co_await bucket::write_agent_report(here->at, co_await make_report());
    if (!written)
        co_return written.error();
    co_return result<void>();
}

} // namespace fleetman::agent
