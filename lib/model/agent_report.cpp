#include "json_fields.hpp"

#include <fleetman/model/documents.hpp>

#include <boost/json/serialize.hpp>

#include <limits>

namespace fleetman::model {
namespace json = boost::json;
namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

std::optional<cell_report> read_cell(const json::value& value, std::string path, std::vector<field_error>& violations)
{
    json_fields fields(value, std::move(path), violations);
    if (!value.is_object())
        return std::nullopt;
    auto cell = fields.parsed("cell_id", need::required, cell_id::load);
    auto manifest = fields.parsed("manifest_name", need::required, manifest_name::load);
    const auto profile = fields.parsed("profile", need::required, parse_run_profile);
    auto version = fields.filled_text("version");
    const auto running = fields.boolean("running", need::optional);
    auto state = fields.text("state", need::optional);
    auto trigger_id = fields.text("trigger_id", need::optional);
    auto health = fields.text("health", need::optional);
    const auto restarts = fields.integer("restarts", 0, largest, need::optional);
    const auto since = fields.integer("since", 0, largest, need::optional);
    if (!cell || !manifest || !profile)
        return std::nullopt;
    return cell_report{.cell = *std::move(cell),
        .manifest = *std::move(manifest),
        .profile = *profile,
        .version = std::move(version),
        .running = running,
        .state = std::move(state),
        .trigger_id = std::move(trigger_id),
        .health = std::move(health),
        .restarts = restarts,
        .since = since};
}

json::object write_cell(const cell_report& value)
{
    json::object object{
        {"cell_id", value.cell.str()}, {"manifest_name", value.manifest.str()}, {"profile", to_string(value.profile)}};
    const auto put = [&](const char* key, const auto& optional) {
        if (optional)
            object.emplace(key, *optional);
    };
    put("version", value.version);
    put("running", value.running);
    put("state", value.state);
    put("trigger_id", value.trigger_id);
    put("health", value.health);
    put("restarts", value.restarts);
    put("since", value.since);
    return object;
}

std::map<std::string, std::int64_t> read_disks(json_fields& fields)
{
    std::map<std::string, std::int64_t> disks;
    if (const json::object* const found = fields.object("disk_free_bytes", need::optional))
        for (const auto& [path, bytes] : *found)
            if (bytes.is_int64())
                disks.emplace(path, bytes.get_int64());
    return disks;
}

// What tells of the host, and of the agent itself.
void read_extras(json_fields& fields, agent_report& into)
{
    const auto number = [&](const char* key) { return fields.integer(key, 0, largest, need::optional); };
    const auto text = [&](const char* key) { return fields.text(key, need::optional); };
    into.check_interval_ms = number("check_interval_ms");
    into.discovery_interval_ms = number("discovery_interval_ms");
    into.os = text("os");
    into.boot_id = text("boot_id");
    into.load_percent = number("load_percent");
    into.memory_total_bytes = number("memory_total_bytes");
    into.memory_available_bytes = number("memory_available_bytes");
    into.disk_free_bytes = read_disks(fields);
    into.last_error = text("last_error");
    into.conflict = text("conflict");
}

} // namespace

result<agent_report> parse_agent_report(std::string_view json)
{
    const result<json::value> document = parse_json(json, document_max_bytes, "the agent's report");
    if (!document)
        return document.error();
    std::vector<field_error> violations;
    json_fields fields(*document, "", violations);
    const auto timestamp = fields.integer("report_timestamp", 0, largest, need::required);
    auto node = fields.parsed("node_id", need::required, node_id::load);
    std::vector<cell_report> cells;
    if (const json::array* const found = fields.array("cells", need::required))
        for (std::size_t i = 0; i < found->size(); ++i)
            if (auto cell = read_cell((*found)[i], fields.path("cells", i), violations))
                cells.push_back(*std::move(cell));
    const auto interval = fields.integer("heartbeat_interval_ms", 1, largest, need::optional);
    auto agent_version = fields.text("agent_version", need::optional);
    auto instance_id = fields.text("instance_id", need::optional);
    auto hostname = fields.text("hostname", need::optional);
    agent_report read{.report_timestamp = timestamp.value_or(0),
        .node = node ? *std::move(node) : node_id::load("unknown").value(),
        .cells = std::move(cells),
        .heartbeat_interval_ms = interval,
        .agent_version = std::move(agent_version),
        .instance_id = std::move(instance_id),
        .hostname = std::move(hostname)};
    read_extras(fields, read);
    if (!violations.empty())
        return malformed("the agent's report is malformed", std::move(violations));
    return read;
}

std::string serialize(const agent_report& value)
{
    json::array cells;
    cells.reserve(value.cells.size());
    for (const cell_report& cell : value.cells)
        cells.push_back(write_cell(cell));
    json::object object{
        {"report_timestamp", value.report_timestamp}, {"node_id", value.node.str()}, {"cells", std::move(cells)}};
    const auto put = [&](const char* key, const auto& optional) {
        if (optional)
            object.emplace(key, *optional);
    };
    put("heartbeat_interval_ms", value.heartbeat_interval_ms);
    put("agent_version", value.agent_version);
    put("instance_id", value.instance_id);
    put("hostname", value.hostname);
    put("check_interval_ms", value.check_interval_ms);
    put("discovery_interval_ms", value.discovery_interval_ms);
    put("os", value.os);
    put("boot_id", value.boot_id);
    put("load_percent", value.load_percent);
    put("memory_total_bytes", value.memory_total_bytes);
    put("memory_available_bytes", value.memory_available_bytes);
    json::object disks;
    for (const auto& [path, bytes] : value.disk_free_bytes)
        disks.emplace(path, bytes);
    if (!disks.empty())
        object.emplace("disk_free_bytes", std::move(disks));
    put("last_error", value.last_error);
    put("conflict", value.conflict);
    return json::serialize(object);
}

} // namespace fleetman::model
