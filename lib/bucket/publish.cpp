#include "build_snapshot.hpp"

#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/random.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace fleetman::bucket {

using model::snapshot;

namespace {

// Belongs to a new snapshot; a mere trigger leaves it alone, unless an earlier attempt ended between the snapshot and
// its first metadata.
task<result<void>> ensure_metadata(publish_order order, model::cell_metadata wanted, bool built)
{
    if (!built) {
        auto present = co_await read_metadata(order.target, order.cell);
        if (present || present.error().code() == errc::invalid)
            co_return result<void>();
        if (present.error().code() != errc::not_found)
            co_return present.error();
    }
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
    const model::trigger trigger{
        order.version, order.trigger_id.empty() ? random_hex(trigger_id_bytes) : order.trigger_id};
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

bool has_manifest(const listed_folder& folder)
{
    const std::string manifest = folder.prefix + std::string(manifest_file);
    return std::ranges::find(folder.objects, manifest, &storage::object_info::key) != folder.objects.end();
}

// Another publisher completed the same snapshot while we were at it, which is as good as ours: unless our copies came
// after its manifest and were of other overrides.
task<result<published>> accept_other(publish_order order, error why)
{
    auto existing = co_await existing_snapshot(order);
    if (!existing || !*existing)
        co_return why;
    auto folder = co_await list_folder(order.target, order.target.keys.snapshot(order.cell, order.version));
    if (!folder)
        co_return folder.error();
    if (auto whole = check_snapshot(**existing, *folder); !whole)
        co_return whole.error();
    co_return co_await announce(order, std::move(**existing), false);
}

} // namespace

task<result<published>> publish(publish_order order)
{
    auto present = co_await list_folder(order.target, order.target.keys.snapshot(order.cell, order.version));
    if (!present)
        co_return present.error();
    if (has_manifest(*present)) {
        auto existing = co_await existing_snapshot(order);
        if (!existing)
            co_return existing.error();
        if (*existing)
            co_return co_await announce(order, std::move(**existing), false);
    }
    auto complete = co_await build_snapshot(order, std::move(*present));
    if (complete)
        co_return co_await announce(order, std::move(*complete), true);
    if (complete.error().code() != errc::conflict)
        co_return complete.error();
    co_return co_await accept_other(order, complete.error());
}

} // namespace fleetman::bucket
