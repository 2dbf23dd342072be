#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/model/manifest.hpp>
#include <fleetman/model/names.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The small JSON documents through which controller and agent talk (interop.md), each with its reader and writer.
// Readers ignore unknown fields and fail with invalid; writers leave absent fields out and write integers only.

namespace fleetman::model {

// cells/<node>/<cell>/trigger.json: each rewrite means "deploy again".
struct trigger
{
    model::version version;
    std::optional<std::string> id; // ours: tells two rewrites within a second apart

    bool operator==(const trigger&) const = default;
};

// cells/<node>/<cell>/metadata.json
struct cell_metadata
{
    manifest_name manifest;
    run_profile profile{};
};

// overrides_manifest.json, live and in a snapshot. Written with owner, group and mode always present.
struct overrides_manifest
{
    std::vector<file_entry> files;
    const file_entry* find(std::string_view path) const;
};

// With what is absent filled in, as a snapshot needs it: the service's owner and group, the file's default mode.
overrides_manifest resolved(overrides_manifest value, const manifest& of);

// cells/<node>/<cell>/status.json: the result of the agent's last deployment.
struct deployment_status
{
    std::string running_version; // "unknown" when nothing runs
    std::int64_t applied_at{};   // Unix seconds
    bool success{};
    std::optional<std::string> error;
    // Per log file its last lines, or nothing when the file is missing.
    std::map<std::string, std::optional<std::vector<std::string>>> logs;

    // Ours, optional: what the agent is doing with which trigger ("deploying", "pending", "rolled_back", …).
    std::optional<std::string> trigger_id;
    std::optional<std::string> attempted_version;
    std::optional<std::string> state;
    std::optional<std::string> note; // what an operator should hear even of a success
};

// agents/<node>.json: the heartbeat.
struct cell_report
{
    cell_id cell;
    manifest_name manifest;
    run_profile profile{};
    std::optional<std::string> version;
    std::optional<bool> running;
    // Ours, optional.
    std::optional<std::string> state;
    std::optional<std::string> trigger_id;
    std::optional<std::string> health;    // the service manager's word: "running", "failed", …
    std::optional<std::int64_t> restarts; // since the service was last started on purpose
    std::optional<std::int64_t> since;    // Unix seconds at which `state` began
};

struct agent_report
{
    std::int64_t report_timestamp{}; // Unix seconds
    node_id node;
    std::vector<cell_report> cells;
    // Ours, optional.
    std::optional<std::int64_t> heartbeat_interval_ms;
    std::optional<std::string> agent_version;
    std::optional<std::string> instance_id;
    std::optional<std::string> hostname;
    std::optional<std::int64_t> check_interval_ms;
    std::optional<std::int64_t> discovery_interval_ms;
    std::optional<std::string> os;
    std::optional<std::string> boot_id;
    std::optional<std::int64_t> load_percent; // of the last minute, 100 for each process that runs or waits
    std::optional<std::int64_t> memory_total_bytes;
    std::optional<std::int64_t> memory_available_bytes;
    std::map<std::string, std::int64_t> disk_free_bytes; // by the folder that holds cells
    std::optional<std::string> last_error;
    std::optional<std::string> conflict; // another agent reports as this node
};

// fleetman/nodes/<node>.json: rings when one of the node's triggers was written or deleted.
struct bell
{
    std::string value;
};

// Largest document of these kinds that we read.
inline constexpr std::uint64_t document_max_bytes = std::uint64_t{4} << 20;

result<trigger> parse_trigger(std::string_view json);
result<cell_metadata> parse_cell_metadata(std::string_view json);
result<overrides_manifest> parse_overrides_manifest(std::string_view json);
result<deployment_status> parse_deployment_status(std::string_view json);
result<agent_report> parse_agent_report(std::string_view json);
result<bell> parse_bell(std::string_view json);

std::string serialize(const trigger& value);
std::string serialize(const cell_metadata& value);
// What is still absent is written as a manifest that says nothing has it (root, the file's default mode): the original
// reads texts only. Resolve first.
std::string serialize(const overrides_manifest& value);
std::string serialize(const deployment_status& value);
std::string serialize(const agent_report& value);
std::string serialize(const bell& value);

} // namespace fleetman::model
