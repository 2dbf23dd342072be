#include <fleetman/control/fleet_state.hpp>

#include <utility>

namespace fleetman::control {

void fleet_state::heard(const model::bucket_name& bucket, const model::node_id& node, storage::object_info info,
    std::optional<model::agent_report> report, wall_time now)
{
    const heartbeat* const known = agents_.find(bucket, node);
    const std::optional<model::agent_report> before = known != nullptr ? known->report : std::nullopt;
    agents_.heard(bucket, node, std::move(info), std::move(report), now);
    cells_.heard(bucket, node, before ? &*before : nullptr, now);
}

void fleet_state::silent(const model::bucket_name& bucket, const model::node_id& node, wall_time now)
{
    agents_.silent(bucket, node);
    cells_.judge_node(bucket, node, now);
}

void fleet_state::forget(const model::bucket_name& bucket, wall_time now)
{
    for (const model::node_id& node : agents_.nodes(bucket))
        silent(bucket, node, now);
    cells_.forget(bucket, now);
}

} // namespace fleetman::control
