#pragma once

#include <fleetman/control/agent_state.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/model/documents.hpp>

#include <optional>
#include <string>
#include <string_view>

// What a cell is doing, concluded from three documents that are written by two programs at different times. Pure: the
// rules are here and in their table of tests, and every conclusion comes with its reason.

namespace fleetman::control {

enum class cell_state
{
    never_deployed, // no version was ever published to it
    pending,        // published; the agent has not acted on it yet
    deploying,      // the agent is at it
    running,        // the published version runs (or, for the deploy profile, is in place)
    stopped,        // deployed, but its service does not run
    failed,         // the deployment failed and nothing was rolled back to
    rolled_back,    // it failed, and an earlier version runs
    agent_silent,   // the node's agent never reported or is dead, so nothing is known
    unknown         // the documents contradict each other or cannot be read
};

std::string_view to_string(cell_state value);
std::optional<cell_state> parse_cell_state(std::string_view text);

struct seen_trigger
{
    model::trigger value;
    wall_time written{}; // Last-Modified
};

struct cell_evidence
{
    std::optional<seen_trigger> trigger;
    std::optional<model::deployment_status> status;
    std::optional<model::agent_report> agent; // the heartbeat of the cell's node
    std::string unreadable;                   // why a document could not be read; empty when all could
};

struct cell_verdict
{
    cell_state state{};
    std::string reason; // a sentence
};

cell_verdict judge_cell(const model::cell_id& cell, const cell_evidence& evidence, wall_time now);

// "42 s", "7 min", "3 h", "12 d".
std::string age_text(std::chrono::seconds age);

} // namespace fleetman::control
