#include "build_snapshot.hpp"

#include <fleetman/bucket/documents.hpp>
#include <fleetman/bucket/transfer.hpp>
#include <fleetman/core/task_group.hpp>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace fleetman::bucket {

using model::snapshot;
using storage::object_info;
using storage::put_condition;

task<result<listed_folder>> list_folder(location at, std::string prefix)
{
    auto objects = co_await storage::list_all(*at.store, prefix);
    if (!objects)
        co_return objects.error();
    co_return listed_folder{std::move(prefix), std::move(*objects)};
}

task<result<sealed_version>> read_sealed_version(location at, model::manifest_name manifest, model::version version)
{
    const std::string title = manifest.str() + ' ' + version.str();
    auto files = co_await list_folder(at, at.keys.deployment(manifest, version));
    if (!files)
        co_return files.error();
    if (files->objects.empty())
        co_return error(errc::not_found, "there is no version " + title);
    auto seal = co_await read_deployment_manifest(at, manifest, version);
    if (!seal && seal.error().code() == errc::not_found)
        co_return error(errc::conflict, title + " is a draft; finalize it before publishing");
    if (!seal)
        co_return seal.error();
    if (seal->value.name != manifest || seal->value.version != version)
        co_return error(errc::invalid,
            seal->info.key + " is the manifest of " + seal->value.name.str() + ' ' + seal->value.version.str());
    co_return sealed_version{std::move(seal->value), std::move(*files)};
}

namespace {

using shared_plan = std::shared_ptr<const snapshot_plan>;

task<result<std::shared_ptr<const sealed_version>>> version_of(publish_order order)
{
    if (order.read_version) {
        task<result<std::shared_ptr<const sealed_version>>> reading = order.read_version();
        co_return co_await std::move(reading);
    }
    auto read = co_await read_sealed_version(order.source, order.manifest, order.version);
    if (!read)
        co_return read.error();
    co_return std::make_shared<const sealed_version>(std::move(*read));
}

struct live_overrides
{
    listed_folder files;
    std::optional<model::overrides_manifest> rights;
};

// One listing tells the files and whether there is a manifest of them, which counts as none when it cannot be
// understood (interop.md).
task<result<live_overrides>> read_overrides(publish_order order)
{
    const keyspace& keys = order.target.keys;
    const std::string folder = keys.overrides(order.cell);
    const std::string rights = keys.overrides_manifest(order.cell);
    auto listed = co_await list_folder(order.target, folder.substr(0, folder.size() - 1));
    if (!listed)
        co_return listed.error();
    const bool described = std::ranges::find(listed->objects, rights, &object_info::key) != listed->objects.end();
    live_overrides found{{folder, {}}, std::nullopt};
    std::ranges::copy_if(listed->objects, std::back_inserter(found.files.objects),
        [&folder](const object_info& one) { return one.key.starts_with(folder); });
    if (!described)
        co_return found;
    auto live = co_await read_overrides_manifest(order.target, order.cell);
    if (live)
        found.rights = std::move(live->value);
    else if (live.error().code() != errc::not_found && live.error().code() != errc::invalid)
        co_return live.error();
    co_return found;
}

task<result<snapshot_sources>> gather(publish_order order, listed_folder present)
{
    auto version = co_await version_of(order);
    if (!version)
        co_return version.error();
    auto overrides = co_await read_overrides(order);
    if (!overrides)
        co_return overrides.error();
    co_return snapshot_sources{(*version)->seal, (*version)->files, std::move(overrides->files), std::move(present),
        std::move(overrides->rights)};
}

task<result<void>> copy_one(
    publish_order order, shared_plan plan, std::shared_ptr<std::vector<std::string>> copied, std::size_t index)
{
    const result<semaphore::permit> turn = co_await order.copies.acquire();
    if (!turn)
        co_return turn.error();
    const planned_copy& one = plan->copies[index];
    const location& from = one.overridden ? order.target : order.source;
    const object_address to{order.target.store, order.target.keys.snapshot_file(order.cell, order.version, one.path)};
    result<std::string> etag =
        co_await copy_listed({from.store, one.from}, to, object_info{one.from, one.etag, one.size, {}});
    if (!etag && (etag.error().code() == errc::conflict || etag.error().code() == errc::not_found))
        co_return error(errc::conflict, one.from + " changed while it was being published; publish again");
    if (!etag)
        co_return etag.error();
    (*copied)[index] = std::move(*etag);
    co_return result<void>();
}

// Returns the ETag of each copy.
task<result<std::vector<std::string>>> perform(publish_order order, shared_plan plan)
{
    if (!plan->strays.empty()) {
        auto removed = co_await order.target.store->remove_all(plan->strays);
        if (!removed)
            co_return removed.error().within("remove what an earlier attempt left");
    }
    const auto copied = std::make_shared<std::vector<std::string>>(plan->copies.size());
    auto done = co_await for_each_concurrently(plan->copies.size(), copies_at_a_time,
        [order, plan, copied](std::size_t i) { return copy_one(order, plan, copied, i); });
    if (!done)
        co_return done.error();
    if (plan->overrides_manifest) {
        auto written =
            co_await order.target.store->put(order.target.keys.snapshot_overrides_manifest(order.cell, order.version),
                model::serialize(*plan->overrides_manifest));
        if (!written)
            co_return written.error();
    }
    co_return std::move(*copied);
}

// A store may copy whatever the source is by then. Where the copy's ETag does not prove that it was what had been
// listed, the sources are listed again.
task<result<void>> check_sources(publish_order order, shared_plan plan, const std::vector<std::string>& copied)
{
    std::map<std::string, std::string> doubtful;
    bool of_version = false;
    bool of_overrides = false;
    for (std::size_t i = 0; i < plan->copies.size(); ++i) {
        const planned_copy& one = plan->copies[i];
        if (copied[i] == one.etag)
            continue;
        doubtful.emplace(one.from, one.etag);
        (one.overridden ? of_overrides : of_version) = true;
    }
    std::vector<object_info> now;
    if (of_version) {
        auto again = co_await list_folder(order.source, order.source.keys.deployment(order.manifest, order.version));
        if (!again)
            co_return again.error();
        now = std::move(again->objects);
    }
    if (of_overrides) {
        auto again = co_await list_folder(order.target, order.target.keys.overrides(order.cell));
        if (!again)
            co_return again.error();
        now.insert(now.end(), again->objects.begin(), again->objects.end());
    }
    for (const object_info& one : now)
        if (const auto place = doubtful.find(one.key); place != doubtful.end() && place->second == one.etag)
            doubtful.erase(place);
    if (!doubtful.empty())
        co_return error(
            errc::conflict, doubtful.begin()->first + " changed while it was being published; publish again");
    co_return result<void>();
}

// The commit point. A store that refuses conditions gets a look before the write.
task<result<void>> create_manifest(publish_order order, snapshot complete)
{
    const std::string key = order.target.keys.snapshot_manifest(order.cell, order.version);
    const std::string body = model::serialize(complete);
    auto created = co_await order.target.store->put(key, body, put_condition::absent());
    if (!created && created.error().code() == errc::unsupported) {
        auto there = co_await order.target.store->head(key);
        if (there)
            co_return error(errc::conflict, "put " + key + ": exists already");
        if (there.error().code() != errc::not_found)
            co_return there.error();
        created = co_await order.target.store->put(key, body, put_condition::always());
    }
    if (!created)
        co_return created.error();
    co_return result<void>();
}

} // namespace

task<result<snapshot>> build_snapshot(publish_order order, listed_folder present)
{
    auto sources = co_await gather(order, std::move(present));
    if (!sources)
        co_return sources.error();
    result<snapshot_plan> planned = plan_snapshot(*sources);
    if (!planned)
        co_return planned.error();
    const auto plan = std::make_shared<const snapshot_plan>(std::move(*planned));
    auto copied = co_await perform(order, plan);
    if (!copied)
        co_return copied.error();
    auto as_listed = co_await check_sources(order, plan, *copied);
    if (!as_listed)
        co_return as_listed.error();
    auto target = co_await list_folder(order.target, order.target.keys.snapshot(order.cell, order.version));
    if (!target)
        co_return target.error();
    result<snapshot> complete = seal_snapshot(*plan, *copied, *target);
    if (!complete)
        co_return complete.error();
    auto created = co_await create_manifest(order, *complete);
    if (!created)
        co_return created.error();
    co_return complete;
}

} // namespace fleetman::bucket
