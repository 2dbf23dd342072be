#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/model/documents.hpp>

#include <chrono>
#include <cstdint>
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

// When judge_agent() will say something else if nothing more is heard; nothing once the agent is dead.
std::optional<wall_time> next_change(const model::agent_report& report, wall_time now);

// By how much a node's clock is off, as far as its last heartbeat tells: the report's time less the moment at which the
// object store had it, in seconds (positive: ahead). Nothing within 30 s, which a slow upload explains as well.
std::optional<std::int64_t> clock_skew(const model::agent_report& report, wall_time written);

} // namespace fleetman::control
