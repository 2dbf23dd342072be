#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/cell_snapshot.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace fleetman::control {

using bucket::if_present;
using model::file_entry;
using model::file_path;
using model::version;

namespace {

struct descriptions
{
    std::vector<file_entry> by_manifest;
    std::vector<file_entry> by_overrides;
};

task<result<descriptions>> read_descriptions(cell_place of, version version)
{
    descriptions read;
    auto manifest = if_present(co_await bucket::read_snapshot(of.at, of.cell, version));
    if (!manifest)
        co_return manifest.error();
    if (*manifest)
        read.by_manifest = std::move((*manifest)->value.content.files);
    auto overrides = co_await bucket::read_snapshot_overrides(of.at, of.cell, version);
    if (overrides)
        read.by_overrides = std::move(overrides->value.files);
    else if (overrides.error().code() != errc::not_found && overrides.error().code() != errc::invalid)
        co_return overrides.error();
    co_return read;
}

const file_entry* find(const std::vector<file_entry>& entries, const std::string& path)
{
    const auto place = std::ranges::find_if(entries, [&](const file_entry& one) { return one.path.str() == path; });
    return place == entries.end() ? nullptr : &*place;
}

snapshot_file file_of(const descriptions& known, file_path path, const storage::object_info& object)
{
    snapshot_file file{.entry = {.path = std::move(path), .type = model::file_type::binary},
        .size = object.size,
        .etag = object.etag,
        .modified = object.last_modified};
    const file_entry* overridden = find(known.by_overrides, file.entry.path.str());
    const file_entry* named = overridden != nullptr ? overridden : find(known.by_manifest, file.entry.path.str());
    if (named != nullptr)
        file.entry = *named;
    file.overridden = overridden != nullptr;
    return file;
}

} // namespace

task<result<cell_snapshot>> describe_snapshot(cell_place of, version version)
{
    const std::string folder = of.at.keys.snapshot(of.cell, version);
    auto objects = co_await storage::list_all(*of.at.store, folder);
    if (!objects)
        co_return objects.error();
    if (objects->empty())
        co_return error(errc::not_found, of.cell.str() + " has no version " + version.str());
    auto trigger = if_present(co_await bucket::read_trigger(of.at, of.cell));
    if (!trigger)
        co_return trigger.error();
    auto known = co_await read_descriptions(of, version);
    if (!known)
        co_return known.error();

    cell_snapshot seen{cell_version{version}, {}};
    seen.summary.triggered = *trigger && (*trigger)->value.version == version;
    for (const storage::object_info& object : *objects) {
        const std::string_view path = std::string_view(object.key).substr(folder.size());
        seen.summary.modified = std::max(seen.summary.modified, object.last_modified);
        seen.summary.complete = seen.summary.complete || path == bucket::manifest_file;
        auto parsed = file_path::parse(path); // refuses the two manifests, which are no files of the service
        if (!parsed || parsed->is_folder())
            continue;
        seen.files.push_back(file_of(*known, std::move(*parsed), object));
        ++seen.summary.files;
        seen.summary.size += object.size;
    }
    co_return seen;
}

task<result<storage::object_info>> snapshot_file_info(cell_place of, version version, file_path path)
{
    auto found = co_await of.at.store->head(of.at.keys.snapshot_file(of.cell, version, path));
    if (!found && found.error().code() == errc::not_found)
        co_return error(errc::not_found, version.str() + " of " + of.cell.str() + " has no file " + path.str());
    co_return found;
}

} // namespace fleetman::control
