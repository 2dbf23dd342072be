#include "wire.hpp"

#include <fleetman/core/timestamp.hpp>

#include <algorithm>

namespace fleetman::api {

namespace json = boost::json;

namespace {

template <class T>
json::value or_null(const std::optional<T>& value)
{
    return value ? json::value(*value) : json::value();
}

} // namespace

std::string shown_access_key(std::string_view access_key)
{
    constexpr std::size_t shown = 4;
    if (access_key.size() <= shown)
        return std::string(access_key.size(), '*'); // too short to show a part of it
    return std::string(access_key.size() - shown, '*').append(access_key.substr(access_key.size() - shown));
}

json::object to_json(const model::bucket_name& name, const config::bucket_connection& value)
{
    return {{"name", name.str()}, {"bucket_name", value.bucket}, {"endpoint", value.endpoint},
        {"access_key", shown_access_key(value.access_key)}, {"secret_key", nullptr}, {"path_style", value.path_style},
        {"prefix", value.prefix.str()}, {"region", value.region}, {"session_token", nullptr},
        {"ca_file", or_null(value.ca_file)}};
}

json::object to_json(const control::store_check& value)
{
    json::array steps;
    for (const control::check_step& step : value.steps) {
        json::value why;
        if (step.failure)
            why = step.failure->message();
        steps.push_back(json::object{{"operation", step.operation}, {"ok", !step.failure.has_value()},
            {"latency_ms", step.latency.count()}, {"error", std::move(why)}});
    }
    return {{"ok", value.passed()}, {"steps", std::move(steps)},
        {"capabilities", {{"put_if_absent", to_string(value.put_if_absent)},
                             {"put_if_unchanged", to_string(value.put_if_unchanged)}}}};
}

json::object to_json(const control::litter& value)
{
    return {{"id", value.id()}, {"kind", to_string(value.kind)}, {"bucket", value.bucket.str()},
        {"folder", value.folder}, {"object_count", value.objects}, {"size", value.size},
        {"modified", rfc3339_millis(value.modified)}, {"reason", value.reason}};
}

json::object to_json(const control::browsed_entry& value)
{
    if (value.folder)
        return {{"key", value.name}, {"kind", "folder"}, {"size", nullptr}, {"etag", nullptr}, {"modified", nullptr}};
    return {{"key", value.name}, {"kind", "object"}, {"size", value.size}, {"etag", value.etag},
        {"modified", rfc3339_millis(value.modified)}};
}

json::object to_json(const control::folder_contents& value, const control::object_name& folder)
{
    json::array first;
    for (const std::string& name : value.first)
        first.push_back(json::string(name));
    return {
        {"prefix", folder.str()}, {"object_count", value.objects}, {"size", value.size}, {"keys", std::move(first)}};
}

json::object to_json(const model::profile_name& name, const model::resource_profile& value)
{
    return {{"name", name.str()}, {"cpu", or_null(value.cpu)}, {"memory", or_null(value.memory)},
        {"memory_swap", value.memory_swap}, {"io_weight", value.io_weight}};
}

json::object to_json(const model::manifest_name& name, const model::manifest& value)
{
    json::object body{{"name", name.str()}};
    for (auto& field : model::to_json(value))
        body.insert_or_assign(field.key(), std::move(field.value()));
    return body;
}

} // namespace fleetman::api
