#include "controller_sections.hpp"
#include "controller_tree.hpp"
#include "sections.hpp"
#include "yaml_json.hpp"

#include <fleetman/config/controller_config.hpp>
#include <fleetman/core/text.hpp>

#include <algorithm>
#include <limits>

namespace fleetman::config {
namespace {

constexpr std::string_view known_bucket_fields[] = {"bucket_name", "endpoint", "access_key", "secret_key", "path_style",
    "prefix", "region", "session_token", "ca_file"};
constexpr std::string_view known_manifest_fields[] = {"files", "profile", "bucket", "resource_profile", "service_owner",
    "service_group", "service_folder_mode", "service_folder_owner", "service_folder_group", "collect_logs", "log_files",
    "max_log_lines", "health"};
constexpr std::string_view known_file_fields[] = {
    "path", "file_type", "owner", "group", "mode", "size", "etag", "sha256"};
constexpr std::string_view known_cell_fields[] = {"node_id", "cell_id", "bucket", "manifest"};
constexpr std::string_view known_profile_fields[] = {"cpu", "memory", "memory_swap", "io_weight"};
constexpr std::string_view typed_manifest_fields[] = {
    "collect_logs", "max_log_lines", "status", "interval_ms", "timeout_ms", "deadline_ms", "successes"};

// The name of an entry. The original takes any text; one that cannot be part of a key is left out, but stays in the
// file.
template <class Name>
std::optional<Name> entry_name(const yaml_entry& entry, std::string_view section, report& into)
{
    result<Name> name = Name::load(entry.key);
    if (!name) {
        into.warning(entry.line, section, name.error().message() + "; this entry is left out");
        return std::nullopt;
    }
    return *std::move(name);
}

std::string entry_path(std::string_view section, const yaml_entry& entry)
{
    return std::string(section) + '.' + entry.key;
}

void read_buckets(yaml_fields& root, controller_config& config, report& into)
{
    for (const yaml_entry* const entry : root.entries("buckets")) {
        const auto name = entry_name<model::bucket_name>(*entry, "buckets", into);
        if (!name)
            continue;
        yaml_fields fields(entry->value, entry_path("buckets", *entry), into);
        auto prefix = fields.entry_name("prefix", model::key_prefix::load);
        if (auto connection = read_connection(fields, "bucket_name", need::required, std::move(prefix), into))
            config.buckets.insert_or_assign(*name, *std::move(connection));
        fields.warn_of_unknown_keys();
    }
}

// What the original takes as it is, and we only when it can do no harm: such a manifest is left out, not the whole
// file.
bool is_rule_of_ours(const field_error& violation, const yaml_node& manifest)
{
    const std::string_view field = violation.field;
    const bool checked = field.ends_with(".path") || field.ends_with(".mode") || field == "service_folder_mode";
    return checked && nearest(manifest, field).kind == yaml_node::type::scalar;
}

void report_manifest(const yaml_entry& entry, const std::vector<field_error>& violations, report& into)
{
    const std::string path = entry_path("manifests", entry);
    for (const field_error& each : violations) {
        const std::size_t line = nearest(entry.value, each.field).line;
        const std::string where = each.field.empty() ? path : path + '.' + each.field;
        if (is_rule_of_ours(each, entry.value))
            into.warning(line, where, each.message + "; this manifest is left out");
        else
            into.mistake(line, where, each.message);
    }
}

void read_manifest_entry(const yaml_entry& entry, controller_config& config, report& into)
{
    const auto name = entry_name<model::manifest_name>(entry, "manifests", into);
    if (!name)
        return;
    yaml_fields fields(entry.value, entry_path("manifests", entry), into); // for repeated and unknown keys
    for (const std::string_view field : known_manifest_fields)
        fields.find(field, need::optional);
    fields.warn_of_unknown_keys();
    if (entry.value.kind == yaml_node::type::sequence || entry.value.kind == yaml_node::type::scalar)
        return; // reported already
    const boost::json::value document = entry.value.kind == yaml_node::type::map
                                            ? to_json(entry.value, typed_manifest_fields)
                                            : boost::json::value(boost::json::object());
    result<model::manifest> manifest = model::parse_manifest(document);
    if (manifest)
        config.manifests.insert_or_assign(*name, *std::move(manifest));
    else
        report_manifest(entry, manifest.error().fields(), into);
}

void read_cells(yaml_fields& root, controller_config& config, report& into)
{
    for (const yaml_entry* const entry : root.entries("cells")) {
        yaml_fields fields(entry->value, entry_path("cells", *entry), into);
        auto node = fields.entry_name("node_id", model::node_id::load);
        auto id = fields.entry_name("cell_id", model::cell_id::load);
        auto bucket = fields.entry_name("bucket", model::bucket_name::load);
        auto manifest = fields.entry_name("manifest", model::manifest_name::load);
        fields.warn_of_unknown_keys();
        if (!node || !id || !bucket || !manifest)
            continue;
        model::cell_ref name{*std::move(node), *std::move(id)};
        if (name.str() != entry->key)
            into.warning(
                entry->line, "cells", "the key of " + name.str() + " should say so; found " + in_quotes(entry->key));
        if (!config.cells.emplace(name, cell{*std::move(bucket), *std::move(manifest)}).second)
            into.warning(entry->line, "cells", name.str() + " is there twice; the first one counts");
    }
}

void read_resource_profiles(yaml_fields& root, controller_config& config, report& into)
{
    constexpr std::int64_t largest = std::numeric_limits<std::uint32_t>::max();
    for (const yaml_entry* const entry : root.entries("resource_profiles")) {
        const auto name = entry_name<model::profile_name>(*entry, "resource_profiles", into);
        if (!name)
            continue;
        yaml_fields fields(entry->value, entry_path("resource_profiles", *entry), into);
        model::resource_profile profile;
        profile.cpu = fields.text("cpu", need::optional);
        profile.memory = fields.text("memory", need::optional);
        if (auto swap = fields.text("memory_swap", need::optional); swap && !swap->empty())
            profile.memory_swap = *std::move(swap);
        if (const auto weight = fields.integer("io_weight", 0, largest, need::optional))
            profile.io_weight = static_cast<std::uint32_t>(*weight);
        fields.warn_of_unknown_keys();
        for (const field_error& each : model::violations(profile))
            into.warning(entry->line, fields.path(each.field), each.message);
        config.resource_profiles.insert_or_assign(*name, std::move(profile));
    }
}

// The original loads a file whose parts refer to what is not there, so do we; whoever uses them is told then, too.
void check_references(const controller_config& config, report& into)
{
    for (const auto& [name, manifest] : config.manifests) {
        const auto bucket = model::bucket_name::load(manifest.bucket);
        if (!bucket || config.buckets.count(*bucket) == 0)
            into.warning(0, "manifests." + name.str() + ".bucket", "there is no bucket " + in_quotes(manifest.bucket));
    }
    for (const auto& [name, cell] : config.cells) {
        if (config.buckets.count(cell.bucket) == 0)
            into.warning(0, "cells." + name.str() + ".bucket", "there is no bucket " + in_quotes(cell.bucket.str()));
        if (config.manifests.count(cell.manifest) == 0)
            into.warning(
                0, "cells." + name.str() + ".manifest", "there is no manifest " + in_quotes(cell.manifest.str()));
    }
}

} // namespace

std::span<const std::string_view> bucket_fields()
{
    return known_bucket_fields;
}
std::span<const std::string_view> manifest_fields()
{
    return known_manifest_fields;
}
std::span<const std::string_view> manifest_file_fields()
{
    return known_file_fields;
}
std::span<const std::string_view> cell_fields()
{
    return known_cell_fields;
}
std::span<const std::string_view> profile_fields()
{
    return known_profile_fields;
}

controller_config read_controller_config(const yaml_node& tree, report& into)
{
    controller_config config;
    yaml_fields root(tree, "", into);
    read_buckets(root, config, into);
    for (const yaml_entry* const entry : root.entries("manifests"))
        read_manifest_entry(*entry, config, into);
    read_cells(root, config, into);
    read_resource_profiles(root, config, into);
    config.retry = read_retry(root);
    if (const yaml_node* const section = root.find("web_console", need::optional))
        config.console = read_web_console(*section, into);
    if (const yaml_node* const section = root.find("embedded_store", need::optional))
        config.store = read_embedded_store(*section, into);
    config.state_directory = root.file("state_directory", need::optional);
    root.warn_of_unknown_keys();
    check_references(config, into);
    return config;
}

model::known_names known_names(const controller_config& config)
{
    model::known_names known;
    for (const auto& [name, connection] : config.buckets)
        known.buckets.insert(name.str());
    for (const auto& [name, profile] : config.resource_profiles)
        known.resource_profiles.insert(name.str());
    return known;
}

result<loaded<controller_config>> parse_controller_config(std::string_view yaml, std::string_view name)
{
    const result<yaml_node> tree = parse_config_yaml(yaml, name);
    if (!tree)
        return tree.error();
    report found(name);
    controller_config config = read_controller_config(*tree, found);
    if (found.failed())
        return found.to_error();
    return loaded<controller_config>{std::move(config), found.take_warnings()};
}

result<loaded<controller_config>> load_controller_config(const std::filesystem::path& file)
{
    const result<std::string> text = read_config_file(file);
    if (!text)
        return text.error();
    return parse_controller_config(*text, file.string());
}

} // namespace fleetman::config
