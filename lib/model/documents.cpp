#include "json_fields.hpp"
#include "manifest_fields.hpp"

#include <fleetman/model/documents.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace fleetman::model {
namespace json = boost::json;
namespace {

// Parses one kind of document: `read` takes the fields and the list of violations and returns an optional value, which
// is empty only after a violation.
template <class Read>
auto parse_document(std::string_view text, std::string_view what, Read read)
    -> result<typename std::invoke_result_t<Read, json_fields&, std::vector<field_error>&>::value_type>
{
    const result<json::value> document = parse_json(text, document_max_bytes, what);
    if (!document)
        return document.error();
    std::vector<field_error> violations;
    json_fields fields(*document, "", violations);
    auto value = read(fields, violations);
    if (!violations.empty())
        return malformed(std::string(what) + " is malformed", std::move(violations));
    return *std::move(value);
}

template <class T>
void put(json::object& object, const char* key, const std::optional<T>& value)
{
    if (value)
        object.emplace(key, *value);
}

} // namespace

result<trigger> parse_trigger(std::string_view json)
{
    const auto read = [](json_fields& fields, const std::vector<field_error>&) -> std::optional<trigger> {
        auto version = fields.parsed("version", need::required, version::load);
        auto id = fields.text("id", need::optional);
        if (!version)
            return std::nullopt;
        return trigger{*std::move(version), std::move(id)};
    };
    return parse_document(json, "trigger.json", read);
}

std::string serialize(const trigger& value)
{
    json::object object{{"version", value.version.str()}};
    put(object, "id", value.id);
    return json::serialize(object);
}

result<cell_metadata> parse_cell_metadata(std::string_view json)
{
    const auto read = [](json_fields& fields, const std::vector<field_error>&) -> std::optional<cell_metadata> {
        auto manifest = fields.parsed("manifest_name", need::required, manifest_name::load);
        const auto profile = fields.parsed("profile", need::required, parse_run_profile);
        if (!manifest || !profile)
            return std::nullopt;
        return cell_metadata{*std::move(manifest), *profile};
    };
    return parse_document(json, "metadata.json", read);
}

std::string serialize(const cell_metadata& value)
{
    return json::serialize(
        json::object{{"manifest_name", value.manifest.str()}, {"profile", to_string(value.profile)}});
}

const file_entry* overrides_manifest::find(std::string_view path) const
{
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const file_entry& file) { return file.path.str() == path; });
    return found == files.end() ? nullptr : &*found;
}

overrides_manifest resolved(overrides_manifest value, const manifest& of)
{
    for (file_entry& file : value.files) {
        if (!file.owner)
            file.owner = of.service_owner;
        if (!file.group)
            file.group = of.service_group;
        if (!file.mode)
            file.mode = default_mode(file.path, file.type);
    }
    return value;
}

result<overrides_manifest> parse_overrides_manifest(std::string_view json)
{
    const auto read = [](json_fields& fields, std::vector<field_error>& violations) {
        return std::optional(overrides_manifest{read_files(fields, violations)});
    };
    return parse_document(json, "overrides_manifest.json", read);
}

std::string serialize(const overrides_manifest& value)
{
    json::array files;
    for (const file_entry& file : resolved(value, manifest{}).files)
        files.push_back(to_json(file));
    return json::serialize(json::object{{"files", std::move(files)}});
}

result<bell> parse_bell(std::string_view json)
{
    const auto read = [](json_fields& fields, const std::vector<field_error>&) -> std::optional<bell> {
        auto value = fields.text("value", need::required);
        if (!value)
            return std::nullopt;
        return bell{*std::move(value)};
    };
    return parse_document(json, "the bell", read);
}

std::string serialize(const bell& value)
{
    return json::serialize(json::object{{"value", value.value}});
}

} // namespace fleetman::model
