#include "wire.hpp"

#include <fleetman/core/timestamp.hpp>

#include <boost/json/parse.hpp>

namespace fleetman::api {

namespace json = boost::json;

namespace {

template <class T>
json::value or_null(const std::optional<T>& value)
{
    return value ? json::value(*value) : json::value();
}

json::object rights_json(const model::file_entry& entry)
{
    return {{"file_type", to_string(entry.type)}, {"owner", or_null(entry.owner)}, {"group", or_null(entry.group)},
        {"mode", or_null(entry.mode)}};
}

json::object file_json(const control::version_file& file)
{
    json::object body{{"path", file.entry.path.str()}, {"in_manifest", file.named},
        {"state", file.present ? "present" : "missing"}, {"size", nullptr}, {"etag", nullptr}, {"modified", nullptr}};
    for (auto& field : rights_json(file.entry))
        body.insert_or_assign(field.key(), std::move(field.value()));
    if (!file.etag.empty()) {
        body["size"] = file.size;
        body["etag"] = file.etag;
        body["modified"] = rfc3339_millis(file.modified);
    }
    return body;
}

} // namespace

json::object to_json(const control::version_summary& value)
{
    return {{"version", value.version.str()}, {"state", value.finalized ? "finalized" : "draft"},
        {"file_count", value.files}, {"size", value.size}, {"modified", rfc3339_millis(value.modified)}};
}

json::object to_json(const control::version_detail& value)
{
    json::object body = to_json(value.summary);
    std::size_t missing = 0;
    json::array files;
    for (const control::version_file& file : value.files) {
        missing += file.present ? 0 : 1;
        files.push_back(file_json(file));
    }
    body["created_at"] = value.sealed ? json::value(value.sealed->created_at) : json::value();
    body["missing"] = missing;
    body["files"] = std::move(files);
    return body;
}

json::object to_json(const control::stored_file& value, const model::file_path& path)
{
    return {{"path", path.str()}, {"size", value.size}, {"etag", value.etag}};
}

json::object editable(const model::cell_ref& cell, const config::cell& value)
{
    return {{"node_id", cell.node.str()}, {"cell_id", cell.cell.str()}, {"bucket", value.bucket.str()},
        {"manifest", value.manifest.str()}, {"managed", true}};
}

json::object to_json(const control::cell_version& value)
{
    return {{"version", value.version.str()}, {"complete", value.complete}, {"triggered", value.triggered},
        {"file_count", value.files}, {"size", value.size}, {"modified", rfc3339_millis(value.modified)}};
}

namespace {

json::object file_json(const control::snapshot_file& file)
{
    json::object body{
        {"path", file.entry.path.str()}, {"overridden", file.overridden}, {"size", file.size}, {"etag", file.etag}};
    for (auto& field : rights_json(file.entry))
        body.insert_or_assign(field.key(), std::move(field.value()));
    return body;
}

} // namespace

json::object to_json(const control::cell_snapshot& value)
{
    json::object body = to_json(value.summary);
    json::array files;
    for (const control::snapshot_file& file : value.files) {
        json::object one = file_json(file);
        one["modified"] = rfc3339_millis(file.modified);
        files.push_back(std::move(one));
    }
    body["files"] = std::move(files);
    return body;
}

json::object to_json(const control::cell_preview& value)
{
    json::array files;
    for (const control::previewed_file& one : value.files) {
        json::object file = file_json(one.file);
        file["change"] = to_string(one.change);
        files.push_back(std::move(file));
    }
    json::array removed;
    for (const model::file_path& path : value.removed)
        removed.push_back(json::string(path.str()));
    return {{"existing", value.existing},
        {"compared_with", value.running ? json::value(value.running->str()) : json::value()},
        {"files", std::move(files)}, {"removed", std::move(removed)}, {"strays", value.strays}};
}

namespace {

json::value side_json(const std::optional<control::version_file>& file)
{
    if (!file)
        return nullptr;
    json::object body = rights_json(file->entry);
    body["size"] = file->size;
    body["etag"] = file->etag.empty() ? json::value() : json::value(file->etag);
    return body;
}

} // namespace

json::object to_json(const control::compared_file& value)
{
    return {{"path", value.path.str()}, {"change", to_string(value.change)}, {"content", value.content},
        {"rights", value.rights}, {"from", side_json(value.from)}, {"to", side_json(value.to)},
        {"diff", or_null(value.diff)}, {"no_diff", value.no_diff.empty() ? json::value() : json::value(value.no_diff)}};
}

json::object to_json(const model::deployment_status& value)
{
    return json::parse(model::serialize(value)).as_object(); // exactly the document that the agent wrote
}

json::object to_json(const control::override_file& value)
{
    json::object body{{"path", value.path.str()}, {"size", value.size}, {"etag", value.tag()},
        {"modified", rfc3339_millis(value.modified)}, {"file_type", nullptr}, {"owner", nullptr}, {"group", nullptr},
        {"mode", nullptr}, {"replaces", nullptr}};
    if (value.rights)
        for (auto& field : rights_json(*value.rights))
            body.insert_or_assign(field.key(), std::move(field.value()));
    if (value.replaces)
        body["replaces"] = rights_json(*value.replaces);
    return body;
}

json::object to_json(const control::recycled_item& value)
{
    const auto name = [](const auto& one) { return one ? json::value(one->str()) : json::value(); };
    return {{"id", value.id}, {"kind", to_string(value.kind)}, {"bucket", value.bucket.str()},
        {"folder", value.below_prefix}, {"manifest", name(value.manifest)}, {"version", name(value.version)},
        {"cell", name(value.cell)}, {"deleted_at", rfc3339_millis(value.deleted)}, {"object_count", value.objects},
        {"size", value.size}};
}

namespace {

// An operation keeps one sentence a cell, so what is wrong with each field goes into it.
std::string whole_message(const error& why)
{
    std::string message = why.message();
    for (const field_error& one : why.fields())
        message += "; " + one.field + ' ' + one.message;
    return message;
}

} // namespace

json::object to_json(const control::operation& value)
{
    json::array results;
    for (const control::step_outcome& step : value.steps)
        results.push_back(json::object{{"cell", step.cell}, {"state", to_string(step.state)},
            {"error", step.why ? json::value(whole_message(*step.why)) : json::value()}});
    return {{"id", value.id}, {"kind", value.kind}, {"who", value.who.name}, {"from", value.who.from},
        {"details", value.details}, {"stop_on_error", value.stop_on_error}, {"state", to_string(value.state)},
        {"started_at", rfc3339_millis(value.started)},
        {"ended_at", value.ended ? json::value(rfc3339_millis(*value.ended)) : json::value()}, {"done", value.done},
        {"total", value.steps.size()}, {"results", std::move(results)}};
}

} // namespace fleetman::api
