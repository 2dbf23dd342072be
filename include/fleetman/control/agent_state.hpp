#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/model/documents.hpp>

#include <chrono>
#include <optional>
#include <string_view>

// Whether a node's agent is alive, judged by the age of its last heartbeat. Pure.

namespace fleetman::control {

enum class agent_state
{
    active,
    warning, // late; worth a look
    dead     // silent for so long that nothing it said counts any more
};

std::string_view to_string(agent_state value);
std::optional<agent_state> parse_agent_state(std::string_view text);

// By `report_timestamp`, not by the object's Last-Modified: a copied bucket must not bring the dead to life.
// Never negative: an agent whose clock is ahead has just reported.
std::chrono::seconds report_age(const model::agent_report& report, wall_time now);

// Active up to 180 s old, warning up to 600 s (interop.md); for agents that report less often, up to 3 and 10 of
// the intervals that they declare.
agent_state judge_agent(const model::agent_report& report, wall_time now);

} // namespace fleetman::control
