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
    if (!cell || !manifest || !profile)
        return std::nullopt;
    return cell_report{.cell = *std::move(cell),
        .manifest = *std::move(manifest),
        .profile = *profile,
        .version = std::move(version),
        .running = running,
        .state = std::move(state),
        .trigger_id = std::move(trigger_id)};
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
    return object;
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
    if (!violations.empty())
        return malformed("the agent's report is malformed", std::move(violations));
    return agent_report{.report_timestamp = *timestamp,
        .node = *std::move(node),
        .cells = std::move(cells),
        .heartbeat_interval_ms = interval,
        .agent_version = std::move(agent_version),
        .instance_id = std::move(instance_id),
        .hostname = std::move(hostname)};
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
    return json::serialize(object);
}

} // namespace fleetman::model
