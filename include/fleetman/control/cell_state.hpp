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

    bool operator==(const seen_trigger&) const = default;
};

// What is known of a cell; null or empty where there is nothing.
struct cell_evidence
{
    const seen_trigger* trigger{};
    const model::deployment_status* status{};
    const model::agent_report* agent{}; // the heartbeat of the cell's node
    const model::cell_report* report{}; // what that says of the cell
    std::string_view unreadable;        // why a document could not be read
};

struct cell_verdict
{
    cell_state state{};
    std::string reason; // a sentence

    bool operator==(const cell_verdict&) const = default;
};

// The reason names moments, not ages, so a verdict holds until the evidence or the agent's state changes.
cell_verdict judge_cell(const cell_evidence& evidence, wall_time now);

} // namespace fleetman::control
