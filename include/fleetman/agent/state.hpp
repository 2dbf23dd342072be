#pragma once

#include <fleetman/agent/plan.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/model/manifest.hpp>
#include <fleetman/model/names.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

// What the agent remembers of each cell between runs, in the original's `.agent_state_<node>.json` (interop.md, "On the
// host"): read on first start and kept written, so that changing agents in either direction restarts nothing. Our own
// fields stand beside the original's.

namespace fleetman::agent {

// cell_state::state of a cell whose trigger is gone without proof that somebody deleted it; else to_string(ending).
inline constexpr std::string_view unmanaged_state = "unmanaged";

struct cell_state
{
    std::optional<model::manifest_name> manifest;
    std::optional<model::run_profile> profile;
    std::optional<model::version> current;
    std::optional<model::version> previous;
    std::optional<trigger_identity> handled;
    bool success = false;
    std::int64_t deployed_at{};           // Unix seconds
    std::string state;                    // ours, as above
    std::string error;                    // ours
    bool running = false;                 // as of the last report
    std::int64_t since{};                 // ours: Unix seconds at which `state` began
    std::optional<model::version> wanted; // ours: what the handled trigger names
    std::string untold;                   // ours: the status.json that the bucket does not have yet
};

struct agent_state
{
    std::map<model::cell_id, cell_state> cells;
    std::string store_identity; // of the bucket that the triggers were read from; empty: written by the original
};

// Cells that cannot be understood are left out. Fails with invalid when it is no such document.
result<agent_state> parse_agent_state(std::string_view json);
std::string serialize(const agent_state& value);

// From its file; empty when there is none. Fails with what makes the file unusable. Blocks.
result<agent_state> load_agent_state(const std::filesystem::path& base_dir, const model::node_id& node);

std::filesystem::path state_file(const std::filesystem::path& base_dir, const model::node_id& node);

} // namespace fleetman::agent
