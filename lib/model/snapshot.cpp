#include "json_fields.hpp"
#include "manifest_fields.hpp"

#include <fleetman/model/manifest.hpp>
#include <fleetman/model/rules.hpp>

#include <boost/json/serialize.hpp>

namespace fleetman::model {
namespace json = boost::json;
namespace {

// What the two kinds of reader disagree about.
struct snapshot_fields
{
    std::optional<manifest_name> name;
    std::optional<model::version> version;
    std::string created_at;
};

result<snapshot> read_snapshot(const json::value& document, need how, snapshot_fields defaults)
{
    std::vector<field_error> violations;
    json_fields fields(document, "", violations);
    if (auto name = fields.parsed("manifest_name", how, manifest_name::load))
        defaults.name = std::move(name);
    if (auto version = fields.parsed("version", how, version::load))
        defaults.version = std::move(version);
    defaults.created_at = fields.text("created_at", how).value_or("");
    manifest content = read_manifest(fields, how, violations);
    if (how == need::optional)
        for (field_error& conflict : path_conflicts(content.files))
            violations.push_back(std::move(conflict));
    if (!violations.empty())
        return malformed("manifest.json is malformed", std::move(violations));
    return snapshot{
        *std::move(defaults.name), *std::move(defaults.version), std::move(defaults.created_at), std::move(content)};
}

} // namespace

result<snapshot> parse_snapshot(std::string_view json)
{
    const result<json::value> document = parse_json(json, snapshot_max_bytes, "manifest.json");
    if (!document)
        return document.error();
    return read_snapshot(*document, need::required, {});
}

result<snapshot> parse_snapshot_for_agent(std::string_view json, const manifest_name& name, const version& version)
{
    const result<json::value> document = parse_json(json, snapshot_max_bytes, "manifest.json");
    if (!document)
        return document.error();
    return read_snapshot(*document, need::optional, {name, version, ""});
}

std::string serialize(const snapshot& value)
{
    json::object object{{"manifest_name", value.name.str()}, {"version", value.version.str()}};
    for (auto& [key, content] : to_json(value.content))
        object.emplace(key, std::move(content));
    object.emplace("created_at", value.created_at);
    return json::serialize(object);
}

} // namespace fleetman::model
