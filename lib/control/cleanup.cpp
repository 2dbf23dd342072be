#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/cleanup.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/text.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

namespace fleetman::control {

using bucket::location;
using storage::object_info;

namespace {

constexpr std::array kinds{litter_kind::orphaned_version, litter_kind::unfinished_version, litter_kind::publish_stray};

// A version's folder, wherever it is: of a manifest, or of a cell.
struct seen_folder
{
    std::string path; // below the prefix
    std::size_t objects = 0;
    std::uint64_t size = 0;
    wall_time modified{};
    bool has_manifest = false;

    void add(const object_info& object, std::string_view file)
    {
        ++objects;
        size += object.size;
        modified = std::max(modified, object.last_modified);
        has_manifest = has_manifest || file == bucket::manifest_file;
    }
};

// The first `depth` parts of a path, with the "/" behind them; empty when there are fewer.
std::string_view head_of(std::string_view path, std::size_t depth)
{
    std::size_t end = 0;
    for (; depth > 0; --depth) {
        end = path.find('/', end);
        if (end == std::string_view::npos)
            return {};
        ++end;
    }
    return path.substr(0, end);
}

// Every folder `depth` parts deep below `prefix`, one at a time: a listing is sorted, so what belongs to a folder comes
// in a row, and a million objects take no more memory than one.
task<result<void>> each_folder(
    location at, std::string prefix, std::size_t depth, std::function<void(const seen_folder&)> seen)
{
    const std::size_t root = at.keys.root().size();
    seen_folder current;
    storage::list_query query{.prefix = std::move(prefix)};
    do {
        auto page = co_await at.store->list(query);
        if (!page)
            co_return page.error();
        for (const object_info& object : page->objects) {
            const std::string_view path = std::string_view(object.key).substr(root);
            const std::string_view folder = head_of(path, depth);
            if (folder.empty())
                continue;
            if (folder != current.path) {
                if (current.objects > 0)
                    seen(current);
                current = seen_folder{std::string(folder)};
            }
            current.add(object, path.substr(folder.size()));
        }
        query.continuation = page->continuation;
    } while (!query.continuation.empty());
    if (current.objects > 0)
        seen(current);
    co_return result<void>();
}

litter as_litter(const model::bucket_name& bucket, litter_kind kind, const seen_folder& folder, std::string reason)
{
    return {bucket, kind, folder.path, folder.objects, folder.size, folder.modified, std::move(reason)};
}

struct version_folder
{
    model::manifest_name manifest;
    model::version version;
};

// Of "deployments/<manifest>/<version>/".
std::optional<version_folder> version_of(std::string_view folder)
{
    const std::vector<std::string> parts = split(folder, '/');
    if (parts.size() != 4 || parts[0] != "deployments" || !parts[3].empty())
        return std::nullopt;
    auto manifest = model::manifest_name::load(parts[1]);
    auto version = model::version::load(parts[2]);
    if (!manifest || !version)
        return std::nullopt;
    return version_folder{std::move(*manifest), std::move(*version)};
}

struct snapshot_folder
{
    model::cell_ref cell;
    model::version version;
};

// Of "cells/<node>/<cell>/versions/<version>/".
std::optional<snapshot_folder> snapshot_of(std::string_view folder)
{
    const std::vector<std::string> parts = split(folder, '/');
    if (parts.size() != 6 || parts[0] != "cells" || parts[3] != "versions" || !parts[5].empty())
        return std::nullopt;
    auto cell = model::cell_ref::load(parts[1] + '/' + parts[2]);
    auto version = model::version::load(parts[4]);
    if (!cell || !version)
        return std::nullopt;
    return snapshot_folder{std::move(*cell), std::move(*version)};
}

task<result<bool>> is_triggered(location at, snapshot_folder of)
{
    auto trigger = bucket::if_present(co_await bucket::read_trigger(at, of.cell));
    if (!trigger && trigger.error().code() == errc::invalid)
        co_return true; // nobody knows: hands off
    if (!trigger)
        co_return trigger.error();
    co_return *trigger && (*trigger)->value.version == of.version;
}

error no_longer(const std::string& folder)
{
    return {errc::conflict, in_quotes(folder) + " is nothing to clean, or has changed since it was found; look again"};
}

} // namespace

std::string_view to_string(litter_kind value)
{
    switch (value) {
    case litter_kind::orphaned_version: return "orphaned_version";
    case litter_kind::unfinished_version: return "unfinished_version";
    case litter_kind::publish_stray: return "publish_stray";
    }
    return "publish_stray";
}

result<litter_kind> parse_litter_kind(std::string_view text)
{
    for (const litter_kind one : kinds)
        if (to_string(one) == text)
            return one;
    return error(errc::invalid, "must be orphaned_version, unfinished_version or publish_stray");
}

// A manifest's versions may be reached through another connection to the same place.
bool cleanup::has_manifest(const model::bucket_name& bucket, const model::manifest_name& manifest) const
{
    const config::controller_config& config = names_.config();
    const auto named = config.manifests.find(manifest);
    if (named == config.manifests.end())
        return false;
    const auto here = config.buckets.find(bucket);
    const auto there =
        std::ranges::find_if(config.buckets, [&](const auto& one) { return one.first.str() == named->second.bucket; });
    return here != config.buckets.end() && there != config.buckets.end() &&
           here->second.endpoint == there->second.endpoint && here->second.bucket == there->second.bucket &&
           here->second.prefix == there->second.prefix;
}

task<result<std::vector<litter>>> cleanup::find(cleanup_query query)
{
    std::vector<litter> found;
    for (const auto& [name, at] : names_.locations())
        if (auto looked = co_await find_in(name, query, found); !looked)
            co_return looked.error().within("bucket connection " + name.str());
    std::ranges::sort(found, {}, &litter::id);
    co_return found;
}

task<result<void>> cleanup::find_in(model::bucket_name bucket, cleanup_query query, std::vector<litter>& found)
{
    auto at = names_.location(bucket);
    if (!at)
        co_return at.error();
    auto looked = co_await find_versions({bucket, *at, ""}, query, found);
    if (looked && query.kinds.contains(litter_kind::publish_stray))
        looked = co_await find_strays({bucket, *at, ""}, time_.now() - query.min_age, found);
    co_return looked;
}

task<result<void>> cleanup::find_versions(litter_place in, cleanup_query query, std::vector<litter>& found)
{
    const wall_time untouched_since = time_.now() - query.min_age;
    co_return co_await each_folder(in.at, in.at.keys.deployments(), 3, [&](const seen_folder& folder) {
        const auto of = version_of(folder.path);
        if (!of || folder.modified > untouched_since)
            return;
        const bool orphaned = !has_manifest(in.bucket, of->manifest);
        const litter_kind kind = orphaned ? litter_kind::orphaned_version : litter_kind::unfinished_version;
        if (!query.kinds.contains(kind) || (folder.has_manifest && !orphaned))
            return;
        found.push_back(as_litter(in.bucket, kind, folder,
            orphaned ? "the configuration has no manifest " + of->manifest.str() + " in this bucket"
                     : "it was never finalized"));
    });
}

task<result<void>> cleanup::find_strays(litter_place in, wall_time untouched_since, std::vector<litter>& found)
{
    std::vector<litter> strays;
    auto looked = co_await each_folder(in.at, in.at.keys.cells(), 5, [&](const seen_folder& folder) {
        const auto of = snapshot_of(folder.path);
        if (!of || folder.has_manifest || folder.modified > untouched_since)
            return;
        const auto cell = names_.config().cells.find(of->cell);
        if (cell != names_.config().cells.end() && cell->second.bucket == in.bucket)
            strays.push_back(as_litter(in.bucket, litter_kind::publish_stray, folder,
                "a publish to " + of->cell.str() + " ended before it wrote the version's manifest"));
    });
    if (!looked)
        co_return looked;
    for (litter& stray : strays) {
        const auto triggered = co_await is_triggered(in.at, *snapshot_of(stray.folder));
        if (!triggered)
            co_return triggered.error();
        if (!*triggered)
            found.push_back(std::move(stray));
    }
    co_return looked;
}

task<result<void>> cleanup::remove(std::string id, std::chrono::seconds min_age)
{
    const std::size_t slash = std::min(id.find('/'), id.size() - 1);
    auto bucket = model::bucket_name::load(std::string_view(id).substr(0, slash));
    if (!bucket)
        co_return bucket.error();
    auto at = names_.location(*bucket);
    if (!at)
        co_return at.error();
    litter_place which{std::move(*bucket), std::move(*at), id.substr(slash + 1)};
    const wall_time untouched_since = time_.now() - min_age;
    if (which.folder.starts_with("cells/"))
        co_return co_await remove_stray(std::move(which), untouched_since);
    co_return co_await remove_version(std::move(which), untouched_since);
}

task<result<void>> cleanup::perform(operation_step step)
{
    const boost::json::value* age = step.details.if_contains("min_age_s");
    const bool known = age != nullptr && age->is_number();
    const std::chrono::seconds min_age =
        known ? std::chrono::seconds(age->to_number<std::int64_t>()) : cleanup_query{}.min_age;
    auto removed = co_await remove(std::move(step.cell), min_age);
    if (!removed && step.resumed && removed.error().code() == errc::not_found)
        co_return result<void>(); // it was done before the restart
    co_return removed;
}

task<result<void>> cleanup::remove_version(litter_place which, wall_time untouched_since)
{
    const auto of = version_of(which.folder);
    if (!of)
        co_return no_longer(which.folder);
    // By the listing alone: a version whose manifest.json is damaged must be removable, too.
    auto objects = co_await storage::list_all(*which.at.store, which.at.keys.deployment(of->manifest, of->version));
    if (!objects)
        co_return objects.error();
    const bool orphaned = !has_manifest(which.bucket, of->manifest);
    const std::string seal = which.at.keys.deployment_manifest(of->manifest, of->version);
    for (const object_info& object : *objects)
        if ((object.key == seal && !orphaned) || object.last_modified > untouched_since)
            co_return no_longer(which.folder);
    co_return co_await versions_.recycle({of->manifest, {}, std::move(which.at)}, of->version);
}

task<result<void>> cleanup::remove_stray(litter_place which, wall_time untouched_since)
{
    const auto of = snapshot_of(which.folder);
    if (!of)
        co_return no_longer(which.folder);
    const bucket::location& at = which.at;
    const key_lock::lease alone = co_await locks_.acquire(of->cell.str()); // nobody publishes to it meanwhile
    auto objects = co_await storage::list_all(*at.store, at.keys.snapshot(of->cell, of->version));
    if (!objects)
        co_return objects.error();
    if (objects->empty())
        co_return error(errc::not_found, which.folder + " is gone already");
    const std::string manifest = at.keys.snapshot_manifest(of->cell, of->version);
    std::vector<std::string> keys;
    for (const object_info& object : *objects) {
        if (object.key == manifest || object.last_modified > untouched_since)
            co_return no_longer(which.folder);
        keys.push_back(object.key);
    }
    const auto triggered = co_await is_triggered(at, *of);
    if (!triggered)
        co_return triggered.error();
    if (*triggered)
        co_return no_longer(which.folder);
    log::info("cleanup", "stray-removed", {{"folder", which.folder}, {"objects", keys.size()}});
    co_return co_await at.store->remove_all(std::move(keys));
}

} // namespace fleetman::control
