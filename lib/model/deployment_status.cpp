#include "json_fields.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/model/documents.hpp>

#include <boost/json/serialize.hpp>

#include <limits>

namespace fleetman::model {
namespace json = boost::json;
namespace {

result<bool> parse_outcome(std::string_view text)
{
    const std::string word = lower_case(text);
    if (word == "success" || word == "failed")
        return word == "success";
    return error(errc::invalid, "must be success or failed; found " + in_quotes(text));
}

using log_tails = std::map<std::string, std::optional<std::vector<std::string>>>;

log_tails read_logs(const json::object& object, const std::string& path, std::vector<field_error>& violations)
{
    log_tails logs;
    for (const auto& [key, value] : object) {
        const std::string file(key.data(), key.size());
        if (value.is_null())
            logs.emplace(file, std::nullopt);
        else if (const json::array* const lines = value.if_array())
            logs.emplace(file, texts_of(*lines, path + '.' + file, violations));
        else
            violations.push_back({path + '.' + file, "must be a list of lines or null"});
    }
    return logs;
}

json::object write_logs(const log_tails& logs)
{
    json::object object;
    for (const auto& [file, lines] : logs)
        object.emplace(file, lines ? json::value(json::array(lines->begin(), lines->end())) : json::value(nullptr));
    return object;
}

} // namespace

result<deployment_status> parse_deployment_status(std::string_view json)
{
    constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();
    const result<json::value> document = parse_json(json, document_max_bytes, "status.json");
    if (!document)
        return document.error();
    std::vector<field_error> violations;
    json_fields fields(*document, "", violations);
    deployment_status read;
    read.running_version = fields.text("running_version", need::required).value_or("");
    read.applied_at = fields.integer("applied_at", 0, latest, need::required).value_or(0);
    read.success = fields.parsed("status", need::required, parse_outcome).value_or(false);
    read.error = fields.text("error", need::optional);
    if (const json::object* const logs = fields.object("logs", need::optional))
        read.logs = read_logs(*logs, "logs", violations);
    read.trigger_id = fields.text("trigger_id", need::optional);
    read.attempted_version = fields.text("attempted_version", need::optional);
    read.state = fields.text("state", need::optional);
    read.note = fields.text("note", need::optional);
    if (!violations.empty())
        return malformed("status.json is malformed", std::move(violations));
    return read;
}

std::string serialize(const deployment_status& value)
{
    json::object object{{"running_version", value.running_version}, {"applied_at", value.applied_at},
        {"status", value.success ? "success" : "failed"}};
    // The one null that is written: the original's page expects the field.
    object.emplace("error", value.error ? json::value(*value.error) : json::value(nullptr));
    if (!value.logs.empty())
        object.emplace("logs", write_logs(value.logs));
    if (value.trigger_id)
        object.emplace("trigger_id", *value.trigger_id);
    if (value.attempted_version)
        object.emplace("attempted_version", *value.attempted_version);
    if (value.state)
        object.emplace("state", *value.state);
    if (value.note)
        object.emplace("note", *value.note);
    return json::serialize(object);
}

} // namespace fleetman::model
