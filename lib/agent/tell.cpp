#include "absence.hpp"

#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/record.hpp>
#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/log.hpp>

#include <utility>

namespace fleetman::agent {

// The state is saved with what is to be told before it is, and without it afterwards.
task<void> agent::tell(bucket::location at, model::cell_ref cell)
{
    const auto known = state_.cells.find(cell.cell);
    if (known == state_.cells.end() || known->second.untold.empty())
        co_return;
    const std::string text = known->second.untold;
    const result<model::deployment_status> status = model::parse_deployment_status(text);
    if (status) {
        const auto written = co_await bucket::write_status(std::move(at), cell, *status);
        if (!written) {
            look_again_ = true;
            log::warning(
                "agent", "status-not-written", {{"cell", cell.cell.str()}, {"error", written.error().message()}});
            co_return;
        }
    }
    const auto now = state_.cells.find(cell.cell);
    if (now == state_.cells.end() || now->second.untold != text)
        co_return;
    now->second.untold.clear();
    co_await save_state();
}

task<void> agent::tell_all(bucket::location at, model::node_id node)
{
    std::vector<model::cell_id> waiting;
    for (const auto& [cell, known] : state_.cells)
        if (!known.untold.empty() && !busy_.contains(cell))
            waiting.push_back(cell);
    for (const model::cell_id& cell : waiting)
        co_await tell(at, {node, cell});
}

// A deployment whose end was lost with our memory of it is adopted, and nobody has heard of it.
task<void> agent::tell_adopted(bucket::location at, deploy_request request)
{
    const auto told = co_await bucket::read_status(at, request.cell);
    const bool absent = !told && co_await says_absent(at.store, at.keys.status(request.cell), told.error());
    const bool another = told && !request.trigger.id.empty() && told->value.trigger_id != request.trigger.id;
    if (!absent && !another)
        co_return;
    const model::deployment_status status{.running_version = request.version.str(),
        .applied_at = request.trigger.last_modified,
        .success = true,
        .trigger_id = request.trigger.id.empty() ? std::nullopt : std::optional(request.trigger.id),
        .attempted_version = request.version.str(),
        .state = std::string(to_string(ending::deployed))};
    state_.cells[request.cell.cell].untold = model::serialize(status);
    co_await tell(std::move(at), request.cell);
}

// False for a release of ours that never came to be verified: nobody knows that it runs.
task<bool> agent::ran_once(const host_access& host, installed_cell cell)
{
    const profile_folders* const folders = host.with.folders_of(cell.profile);
    if (folders == nullptr)
        co_return true;
    const cell_layout layout(*folders, cell.profile, cell.cell);
    const auto release = co_await host.workers.run([&] { return live_release(layout); });
    co_return !release || !*release || (*release)->verified;
}

} // namespace fleetman::agent
