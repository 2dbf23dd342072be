#pragma once

#include <fleetman/control/agent_table.hpp>
#include <fleetman/control/cell_table.hpp>

// Everything known of the fleet at one moment: agents, cells, and how a change of the one is a change of the other. No
// I/O; fleet_view feeds it.

namespace fleetman::control {

class fleet_state
{
public:
    explicit fleet_state(event_feed& events) : agents_(events), cells_(agents_, events) {}
    fleet_state(const fleet_state&) = delete;
    fleet_state& operator=(const fleet_state&) = delete;

    const agent_table& agents() const noexcept { return agents_; }
    const cell_table& cells() const noexcept { return cells_; }
    // To say what was read of cells.
    cell_table& cells() noexcept { return cells_; }

    // Lets time pass.
    void settle(wall_time now)
    {
        for (const auto& [bucket, node] : agents_.settle(now))
            cells_.judge_node(bucket, node, now);
    }

    // As agent_table's; without a report when it cannot be understood.
    void heard(const model::bucket_name& bucket, const model::node_id& node, storage::object_info info,
        std::optional<model::agent_report> report, wall_time now);
    void same(const model::bucket_name& bucket, const model::node_id& node, storage::object_info info)
    {
        agents_.same(bucket, node, std::move(info));
    }
    void silent(const model::bucket_name& bucket, const model::node_id& node, wall_time now);

    // Nothing that came through this connection counts any more.
    void forget(const model::bucket_name& bucket, wall_time now);

private:
    agent_table agents_;
    cell_table cells_;
};

} // namespace fleetman::control
