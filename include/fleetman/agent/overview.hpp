#pragma once

#include <fleetman/agent/host_access.hpp>
#include <fleetman/agent/state.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What this host knows of its cells, without the bucket: for whoever is logged in on it, also while the store is down,
// and beside a running agent. Looking changes nothing.

namespace fleetman::agent {

struct cell_overview
{
    model::cell_id cell;
    std::optional<model::run_profile> profile;
    std::optional<model::manifest_name> manifest;
    std::optional<model::version> version;
    std::optional<host::service_state> service; // nothing: there is none to run, or its manager does not answer
    std::string state;                          // "deployed", "rolled_back", "deploying (ready)", …; may be empty
    std::string trigger_id;                     // of the last trigger that was dealt with; empty for the original's
    std::int64_t since{};                       // Unix seconds; 0: not known
    std::string error;
};

struct node_overview
{
    model::node_id node;
    bool agent_running = false;
    std::vector<cell_overview> cells;  // sorted by cell
    std::vector<std::string> problems; // managers that do not answer
};

// Fails when the agent's state file is there and cannot be read.
task<result<node_overview>> look_at_node(const host_access& host);

// The lock that a running agent holds, in its state directory.
std::filesystem::path lock_path(const settings& with);

// A table with a header, for a terminal.
std::string as_table(const node_overview& seen);
// One object; absent fields are left out, nothing is null.
std::string as_json(const node_overview& seen);

} // namespace fleetman::agent
