#include <fleetman/bucket/documents.hpp>
#include <fleetman/bucket/publish.hpp>
#include <fleetman/bucket/snapshot_plan.hpp>
#include <fleetman/bucket/transfer.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/task_group.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace fleetman::bucket {

using model::snapshot;
using storage::put_condition;

namespace {

task<result<listed_folder>> list_folder(location at, std::string prefix)
{
    auto objects = co_await storage::list_all(*at.store, prefix);
    if (!objects)
        co_return objects.error();
    co_return listed_folder{std::move(prefix), std::move(*objects)};
}

// The version's seal, and why there is none.
task<result<snapshot>> sealed_version(publish_order order)
{
    auto sealed = co_await read_deployment_manifest(order.source, order.manifest, order.version);
    if (sealed && (sealed->value.name != order.manifest || sealed->value.version != order.version))
        co_return error(errc::invalid,
            sealed->info.key + " is the manifest of " + sealed->value.name.str() + ' ' + sealed->value.version.str());
    if (sealed)
        co_return std::move(sealed->value);
    if (sealed.error().code() != errc::not_found)
        co_return sealed.error();

    const std::string title = order.manifest.str() + ' ' + order.version.str();
    auto any = co_await order.source.store->list(
        {.prefix = order.source.keys.deployment(order.manifest, order.version), .max_keys = 1});
    if (!any)
        co_return any.error();
    if (any->objects.empty())
        co_return error(errc::not_found, "there is no version " + title);
    co_return error(errc::conflict, title + " is a draft; finalize it before publishing");
}

// A live overrides manifest that is missing or cannot be understood counts as none (interop.md).
task<result<std::optional<model::overrides_manifest>>> live_overrides_manifest(publish_order order)
{
    auto live = co_await read_overrides_manifest(order.target, order.cell);
    if (live)
        co_return std::optional(std::move(live->value));
    if (live.error().code() == errc::not_found || live.error().code() == errc::invalid)
        co_return std::optional<model::overrides_manifest>();
    co_return live.error();
}

task<result<snapshot_sources>> gather(publish_order order)
{
    const keyspace& keys = order.target.keys;
    auto sealed = co_await sealed_version(order);
    if (!sealed)
        co_return sealed.error();
    auto deployment = co_await list_folder(order.source, order.source.keys.deployment(order.manifest, order.version));
    if (!deployment)
        co_return deployment.error();
    auto overrides = co_await list_folder(order.target, keys.overrides(order.cell));
    if (!overrides)
        co_return overrides.error();
    auto present = co_await list_folder(order.target, keys.snapshot(order.cell, order.version));
    if (!present)
        co_return present.error();
    const std::string manifest = keys.snapshot_manifest(order.cell, order.version);
    if (std::ranges::any_of(present->objects, [&](const auto& object) { return object.key == manifest; }))
        co_return error(errc::conflict, manifest + " has just been written by someone else");
    auto rights = co_await live_overrides_manifest(order);
    if (!rights)
        co_return rights.error();
    co_return snapshot_sources{
        std::move(*sealed), std::move(*deployment), std::move(*overrides), std::move(*present), std::move(*rights)};
}

task<result<void>> perform(publish_order order, std::shared_ptr<const snapshot_plan> plan)
{
    if (!plan->strays.empty()) {
        auto removed = co_await order.target.store->remove_all(plan->strays);
        if (!removed)
            co_return removed.error().within("remove what an earlier attempt left");
    }
    auto copied = co_await for_each_concurrently(plan->copies.size(), copies_at_a_time, [order, plan](std::size_t i) {
        const planned_copy& one = plan->copies[i];
        const location& from = one.overridden ? order.target : order.source;
        return copy_object({from.store, one.from},
            {order.target.store, order.target.keys.snapshot_file(order.cell, order.version, one.path)}, one.size);
    });
    if (!copied || !plan->overrides_manifest)
        co_return copied;
    auto written =
        co_await order.target.store->put(order.target.keys.snapshot_overrides_manifest(order.cell, order.version),
            model::serialize(*plan->overrides_manifest));
    if (!written)
        co_return written.error();
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

task<result<snapshot>> build(publish_order order)
{
    auto sources = co_await gather(order);
    if (!sources)
        co_return sources.error();
    result<snapshot_plan> planned = plan_snapshot(*sources);
    if (!planned)
        co_return planned.error();
    const auto plan = std::make_shared<const snapshot_plan>(std::move(*planned));
    auto performed = co_await perform(order, plan);
    if (!performed)
        co_return performed.error();

    auto target = co_await list_folder(order.target, order.target.keys.snapshot(order.cell, order.version));
    if (!target)
        co_return target.error();
    result<snapshot> complete = seal_snapshot(*plan, *target);
    if (!complete)
        co_return complete.error();
    auto created = co_await create_manifest(order, *complete);
    if (!created)
        co_return created.error();
    co_return complete;
}

// Belongs to a new snapshot; a mere trigger leaves it alone, unless an earlier attempt ended between the snapshot and
// its first metadata.
task<result<void>> ensure_metadata(publish_order order, model::cell_metadata wanted, bool built)
{
    auto present = co_await read_metadata(order.target, order.cell);
    if (!built && (present || present.error().code() == errc::invalid))
        co_return result<void>();
    if (present && present->value.manifest == wanted.manifest && present->value.profile == wanted.profile)
        co_return result<void>();
    if (!present && present.error().code() != errc::not_found && present.error().code() != errc::invalid)
        co_return present.error();
    auto written = co_await write_metadata(order.target, order.cell, std::move(wanted));
    if (!written)
        co_return written.error();
    co_return result<void>();
}

task<result<published>> announce(publish_order order, snapshot of, bool built)
{
    constexpr std::size_t trigger_id_bytes = 16;
    auto described = co_await ensure_metadata(order, {of.name, of.content.profile}, built);
    if (!described)
        co_return described.error();
    const model::trigger trigger{order.version, random_hex(trigger_id_bytes)};
    auto triggered = co_await write_trigger(order.target, order.cell, trigger);
    if (!triggered)
        co_return triggered.error();
    auto rung = co_await ring(order.target, order.cell.node);
    if (!rung)
        co_return rung.error().within("the trigger is written, but the node's bell is not");
    co_return published{built, trigger};
}

task<result<std::optional<snapshot>>> existing_snapshot(publish_order order)
{
    auto existing = if_present(co_await read_snapshot(order.target, order.cell, order.version));
    if (!existing)
        co_return existing.error();
    if (!*existing)
        co_return std::optional<snapshot>();
    snapshot& found = (*existing)->value;
    if (found.name != order.manifest)
        co_return error(errc::conflict, order.version.str() + " of this cell is a snapshot of " + found.name.str() +
                                            "; delete that version of the cell first");
    co_return std::optional(std::move(found));
}

} // namespace

task<result<published>> publish(publish_order order)
{
    auto existing = co_await existing_snapshot(order);
    if (!existing)
        co_return existing.error();
    if (*existing)
        co_return co_await announce(order, std::move(**existing), false);

    auto complete = co_await build(order);
    if (complete)
        co_return co_await announce(order, std::move(*complete), true);
    if (complete.error().code() != errc::conflict)
        co_return complete.error();
    // Another publisher may have completed the same snapshot meanwhile; then it is as good as ours.
    existing = co_await existing_snapshot(order);
    if (existing && *existing)
        co_return co_await announce(order, std::move(**existing), false);
    co_return complete.error();
}

} // namespace fleetman::bucket
