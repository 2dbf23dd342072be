#pragma once

#include <fleetman/control/fleet_state.hpp>
#include <fleetman/control/fleet_view.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

// The whole fleet at one glance: how much there is of what, and what needs someone's attention first. Pure.

namespace fleetman::control {

struct concern
{
    subject of{};      // agent, cell or bucket
    std::string name;  // as events have it
    std::string state; // "dead", "failed", "unreachable", "clock_skew", "conflict", …
    std::string reason;
    unsigned urgency = 0; // the smaller, the sooner
};

struct fleet_overview
{
    std::map<agent_state, std::size_t> agents;
    std::map<cell_state, std::size_t> cells;
    std::size_t unmanaged = 0;      // of the cells
    std::size_t concerns = 0;       // in all
    std::vector<concern> attention; // the most urgent ones, `most` at most
    // Cells that failed or were rolled back, the last deployment first, `most` at most.
    std::vector<const cell_table::cells::value_type*> failures;
};

// Silent cells are no concern of their own: their agent is.
fleet_overview summarize(const fleet_state& fleet, const std::vector<bucket_problem>& problems, std::size_t most);

} // namespace fleetman::control
