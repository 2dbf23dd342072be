#include <fleetman/bucket/transfer.hpp>
#include <fleetman/control/cells.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace fleetman::control {

using bucket::if_present;
using model::cell_ref;
using storage::object_info;

namespace {

task<result<void>> move_to_recycle(cell_place place, std::string stamp)
{
    const std::string folder = place.at.keys.cell(place.cell);
    const std::string target = place.at.keys.recycled_cell(place.cell, stamp);
    auto listed = co_await storage::list_all(*place.at.store, folder);
    if (!listed)
        co_return listed.error();
    if (listed->empty())
        co_return result<void>();
    co_return co_await bucket::move_folder(place.at.store, folder, target, std::move(*listed),
        place.at.keys.trigger(place.cell), [place] { return bucket::ring(place.at, place.cell.node); });
}

} // namespace

result<cell_place> cells::place(const cell_ref& cell)
{
    result<cell_place> configured = names_.cell(cell);
    if (configured || configured.error().code() != errc::not_found)
        return configured;
    const known_cell* const known = fleet_.now().cells().find(cell);
    if (known == nullptr)
        return configured;
    result<bucket::location> at = names_.location(known->bucket);
    if (!at)
        return at.error();
    return cell_place{cell, known->bucket, known->seen.manifest, std::move(*at)};
}

task<result<void>> cells::adopt(cell_ref cell)
{
    const known_cell* const known = fleet_.now().cells().find(cell);
    if (known == nullptr)
        co_return error(errc::not_found, "there is no cell " + cell.str());
    if (known->configured)
        co_return error(errc::conflict, cell.str() + " is in this configuration already");
    const model::bucket_name bucket = known->bucket;
    result<bucket::location> at = names_.location(bucket);
    if (!at)
        co_return at.error();
    auto metadata = if_present(co_await bucket::read_metadata(std::move(*at), cell));
    if (!metadata)
        co_return metadata.error();
    auto manifest = model::manifest_name::load(cell.cell.str());
    if (*metadata)
        manifest = (*metadata)->value.manifest;
    if (!manifest)
        co_return manifest.error();
    const config::cell value{bucket, std::move(*manifest)};
    result<void> saved = co_await save_cell(names_, cell, value, writing::create);
    if (saved)
        log::info("cells", "adopted", {{"cell", cell.str()}, {"manifest", value.manifest.str()}});
    co_return saved;
}

task<result<bucket::stored<model::deployment_status>>> cells::status(cell_ref cell)
{
    result<cell_place> where = place(cell);
    if (!where)
        co_return where.error();
    auto status = co_await bucket::read_status(where->at, cell);
    if (!status && status.error().code() == errc::not_found)
        co_return error(errc::not_found, cell.str() + " has no status yet: its agent has not deployed anything");
    co_return status;
}

task<result<std::vector<cell_version>>> cells::versions(cell_ref cell)
{
    result<cell_place> where = place(cell);
    if (!where)
        co_return where.error();
    const std::string folder = where->at.keys.snapshots(cell);
    auto objects = co_await storage::list_all(*where->at.store, folder);
    if (!objects)
        co_return objects.error();
    auto trigger = if_present(co_await bucket::read_trigger(where->at, cell));
    if (!trigger)
        co_return trigger.error();

    std::map<model::version, cell_version> found;
    for (const object_info& object : *objects) {
        const std::string_view rest = std::string_view(object.key).substr(folder.size());
        const std::size_t slash = rest.find('/');
        const auto named = model::version::load(rest.substr(0, slash));
        if (slash == std::string_view::npos || !named)
            continue;
        cell_version& one = found.try_emplace(*named, cell_version{*named}).first->second;
        one.modified = std::max(one.modified, object.last_modified);
        const std::string_view path = rest.substr(slash + 1);
        if (path == bucket::manifest_file)
            one.complete = true;
        else if (path != bucket::overrides_manifest_file && !path.empty() && path.back() != '/') {
            ++one.files;
            one.size += object.size;
        }
    }
    std::vector<cell_version> newest_first;
    for (auto one = found.rbegin(); one != found.rend(); ++one) {
        one->second.triggered = *trigger && (*trigger)->value.version == one->first;
        newest_first.push_back(one->second);
    }
    co_return newest_first;
}

task<result<void>> cells::delete_version(
    cell_ref cell, model::version version, bool even_triggered, version_expectation expected)
{
    result<cell_place> place = names_.cell(cell);
    if (!place)
        co_return place.error();
    const key_lock::lease alone = co_await locks_.acquire(cell.str());
    auto trigger = if_present(co_await bucket::read_trigger(place->at, cell));
    if (!trigger)
        co_return trigger.error();
    if (expected) {
        auto now = co_await describe_snapshot(*place, version);
        if (!now)
            co_return now.error();
        if (auto allowed = expected(*now); !allowed)
            co_return allowed;
    }
    if (!even_triggered && *trigger && (*trigger)->value.version == version)
        co_return error(errc::conflict, version.str() + " is the version that " + cell.str() + " should run");
    auto objects = co_await storage::list_all(*place->at.store, place->at.keys.snapshot(cell, version));
    if (!objects)
        co_return objects.error();
    if (objects->empty())
        co_return error(errc::not_found, cell.str() + " has no version " + version.str());
    // The manifest first: what is left of a failed attempt does not look complete.
    const std::string manifest = place->at.keys.snapshot_manifest(cell, version);
    auto removed = co_await place->at.store->remove(manifest);
    if (!removed)
        co_return removed;
    std::vector<std::string> keys;
    for (const object_info& one : *objects)
        if (one.key != manifest)
            keys.push_back(one.key);
    log::info("cells", "version-deleted", {{"cell", cell.str()}, {"version", version.str()}});
    co_return co_await place->at.store->remove_all(std::move(keys));
}

task<result<void>> cells::archive(cell_ref cell, expectation<config::cell> expected)
{
    const key_lock::lease alone = co_await locks_.acquire(cell.str());
    result<cell_place> place = names_.cell(cell);
    if (!place)
        co_return place.error();
    if (expected)
        if (auto allowed = expected({place->bucket, place->manifest}); !allowed)
            co_return allowed;
    auto moved = co_await move_to_recycle(std::move(*place), local_stamp(time_.now()));
    if (!moved)
        co_return moved.error().within("archive " + cell.str());
    log::info("cells", "archived", {{"cell", cell.str()}});
    co_return co_await forget_cell(names_, cell);
}

} // namespace fleetman::control
