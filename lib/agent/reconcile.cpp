#include "json_reader.hpp"

#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/reconcile.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>

#include <algorithm>

namespace fleetman::agent {
namespace {

// The original writes the whole snapshot there.
constexpr std::uint64_t local_manifest_max_bytes = model::snapshot_max_bytes;

std::vector<std::string> names_in(const std::filesystem::path& path)
{
    const result<host::folder> folder = host::folder::open(path);
    if (!folder)
        return {};
    result<std::vector<std::string>> names = folder->names();
    return names ? *std::move(names) : std::vector<std::string>();
}

std::optional<installed_cell> read_cell(
    const model::cell_id& cell, model::run_profile profile, const std::filesystem::path& live)
{
    // The folder may be the service's: what it put in the manifest's place is not followed.
    const result<host::folder> folder = host::folder::open(live);
    const result<descriptor> file = folder ? folder->open_file(local_manifest) : folder.error();
    if (!file)
        return std::nullopt;
    const result<std::string> text = host::read_file(*file, local_manifest_max_bytes, "manifest.json");
    if (!text)
        return std::nullopt;
    const result<boost::json::object> document = parse_object(*text, "manifest.json");
    if (!document)
        return std::nullopt;
    const result<model::run_profile> said = model::parse_run_profile(text_at(*document, "profile"));
    if (!said || *said != profile)
        return std::nullopt;
    installed_cell found{.cell = cell, .profile = profile, .live = live};
    if (const auto name = model::manifest_name::load(text_at(*document, "manifest_name")))
        found.manifest = *name;
    if (const auto version = model::version::load(text_at(*document, "version")))
        found.version = *version;
    return found;
}

// "fleetman-api.service" → "api"
std::optional<model::cell_id> cell_of(std::string_view definition, std::string_view ending)
{
    if (!definition.starts_with(service_prefix) || !definition.ends_with(ending) ||
        definition.size() <= service_prefix.size() + ending.size())
        return std::nullopt;
    definition.remove_prefix(service_prefix.size());
    definition.remove_suffix(ending.size());
    const result<model::cell_id> cell = model::cell_id::load(definition);
    return cell ? std::optional(*cell) : std::nullopt;
}

void find_services(const profile_folders& folders, model::run_profile profile, std::string_view ending,
    std::vector<installed_cell>& into)
{
    for (const std::string& name : names_in(folders.definitions)) {
        const std::optional<model::cell_id> cell = cell_of(name, ending);
        if (!cell)
            continue;
        const cell_layout layout(folders, profile, *cell);
        for (const std::string& live_name : {layout.live_name(true), layout.live_name(false)})
            if (std::optional<installed_cell> found = read_cell(*cell, profile, layout.live(live_name))) {
                into.push_back(*std::move(found));
                break;
            }
    }
}

void find_deployed(const profile_folders& folders, std::vector<installed_cell>& into)
{
    for (const std::string& name : names_in(folders.services))
        if (const result<model::cell_id> cell = model::cell_id::load(name); cell && !name.starts_with('.'))
            if (auto found = read_cell(*cell, model::run_profile::deploy, folders.services / name))
                into.push_back(*std::move(found));
}

} // namespace

std::vector<installed_cell> installed_cells(const settings& with)
{
    std::vector<installed_cell> all;
    if (with.systemd)
        find_services(*with.systemd, model::run_profile::systemd, ".service", all);
    if (with.supervisor)
        find_services(*with.supervisor, model::run_profile::supervisor, ".conf", all);
    if (with.deploy)
        find_deployed(*with.deploy, all);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.cell < b.cell; });
    return all;
}

std::optional<installed_cell> installed_otherwise(
    const settings& with, const model::cell_id& cell, model::run_profile profile)
{
    for (const model::run_profile other : deployable_profiles) {
        const profile_folders* const folders = other == profile ? nullptr : with.folders_of(other);
        if (folders == nullptr)
            continue;
        const cell_layout layout(*folders, other, cell);
        std::error_code unknown;
        if (layout.has_definition() && !std::filesystem::exists(layout.definition(), unknown))
            continue;
        for (const std::string& live_name : {layout.live_name(true), layout.live_name(false)})
            if (std::optional<installed_cell> found = read_cell(cell, other, layout.live(live_name)))
                return found;
    }
    return std::nullopt;
}

} // namespace fleetman::agent
