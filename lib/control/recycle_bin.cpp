#include "recycled_id.hpp"
#include "restore_folder.hpp"

#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/editing.hpp>
#include <fleetman/control/recycle_bin.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

namespace fleetman::control {

using bucket::if_present;
using storage::object_info;

namespace {

constexpr const char* clearing = "clear-recycle-bin";

error no_such_item()
{
    return {errc::not_found, "there is no such item in the recycle bin"};
}

void count(recycled_item& item, const object_info& object)
{
    ++item.objects;
    item.size += object.size;
    item.deleted = std::max(item.deleted, object.last_modified);
}

using found_items = std::map<std::string, recycled_item>;

void count(found_items& all, const model::bucket_name& bucket, const std::string& root, const object_info& object)
{
    const auto place = recycled_place_of(bucket, std::string_view(object.key).substr(root.size()));
    if (!place)
        return;
    recycled_item item = recycled_item_of(*place, root);
    count(all.try_emplace(item.id, std::move(item)).first->second, object);
}

// Page by page: whatever was thrown away over the years is never held whole.
task<result<void>> list_bins(model::bucket_name bucket, bucket::location at, std::shared_ptr<found_items> into)
{
    for (const std::string& bin : {at.keys.recycled(), at.keys.recycled_cells()}) {
        storage::list_query query{.prefix = bin};
        do {
            auto page = co_await at.store->list(query);
            if (!page)
                co_return page.error().within("bucket connection " + bucket.str());
            for (const object_info& object : page->objects)
                count(*into, bucket, at.keys.root(), object);
            query.continuation = page->continuation;
        } while (!query.continuation.empty());
    }
    co_return result<void>();
}

struct opened_item
{
    recycled_item item;
    bucket::location at;
    std::vector<object_info> objects;
};

task<result<opened_item>> open_item(catalog& names, std::string id)
{
    const auto place = parse_recycled_id(id);
    if (!place)
        co_return no_such_item();
    result<bucket::location> at = names.location(place->bucket);
    if (!at)
        co_return at.error();
    opened_item opened{recycled_item_of(*place, at->keys.root()), std::move(*at), {}};
    auto objects = co_await storage::list_all(*opened.at.store, opened.item.folder);
    if (!objects)
        co_return objects.error();
    if (objects->empty())
        co_return no_such_item();
    for (const object_info& object : *objects)
        count(opened.item, object);
    opened.objects = std::move(*objects);
    co_return opened;
}

std::vector<std::string> keys_of(const std::vector<object_info>& objects)
{
    std::vector<std::string> keys;
    keys.reserve(objects.size());
    for (const object_info& one : objects)
        keys.push_back(one.key);
    return keys;
}

// In an order in which an attempt that is cut off can be repeated: the trigger is not written a second time, and what
// says of which manifest the cell was stays until nothing else is left.
task<result<void>> empty_cell(opened_item one)
{
    const std::string metadata = one.item.folder + "metadata.json";
    auto removed = co_await one.at.store->remove(one.item.folder + "trigger.json");
    if (!removed)
        co_return removed;
    std::vector<std::string> keys = keys_of(one.objects);
    std::erase(keys, metadata);
    removed = co_await one.at.store->remove_all(std::move(keys));
    if (!removed)
        co_return removed;
    co_return co_await one.at.store->remove(metadata);
}

// The manifest that an archived cell was of; without metadata.json it has the cell's name (interop.md).
task<result<model::manifest_name>> manifest_of(opened_item one)
{
    const auto by_name = model::manifest_name::load(one.item.cell->cell.str());
    auto read = if_present(co_await one.at.store->get(one.item.folder + "metadata.json", model::document_max_bytes));
    if (!read)
        co_return read.error();
    if (!*read)
        co_return by_name;
    auto metadata = model::parse_cell_metadata((*read)->body);
    if (!metadata)
        co_return metadata.error().within("read " + one.item.folder + "metadata.json");
    co_return metadata->manifest;
}

} // namespace

recycle_bin::recycle_bin(catalog& names, operation_registry& operations, control::versions& versions, key_lock& locks)
    : names_(names), operations_(operations), versions_(versions), locks_(locks)
{
    operations_.perform_with(clearing, [this](operation_step step) { return remove_again(std::move(step)); });
}

std::string_view to_string(recycled_kind value)
{
    return value == recycled_kind::cell ? "cell" : "version";
}

task<result<std::vector<recycled_item>>> recycle_bin::list()
{
    const auto found = std::make_shared<found_items>();
    std::set<std::tuple<std::string, std::string, std::string>> seen; // two connections may lead to one place
    for (const auto& [name, at] : names_.locations()) {
        const config::bucket_connection& connection = names_.config().buckets.at(name);
        if (!seen.emplace(connection.endpoint, connection.bucket, connection.prefix.str()).second)
            continue;
        auto listed = co_await list_bins(name, at, found);
        if (!listed)
            co_return listed.error();
    }
    std::vector<recycled_item> items;
    for (auto& [id, item] : *found)
        items.push_back(std::move(item));
    std::ranges::sort(items, [](const recycled_item& a, const recycled_item& b) {
        return std::tie(b.deleted, b.id) < std::tie(a.deleted, a.id);
    });
    co_return items;
}

task<result<recycled_item>> recycle_bin::find(std::string id)
{
    auto opened = co_await open_item(names_, std::move(id));
    if (!opened)
        co_return opened.error();
    co_return std::move(opened->item);
}

task<result<recycled_item>> recycle_bin::restore(std::string id, expectation<recycled_item> expected)
{
    const key_lock::lease alone = co_await items_.acquire(id);
    auto item = co_await find(std::move(id));
    if (!item)
        co_return item.error();
    if (expected)
        if (auto allowed = expected(*item); !allowed)
            co_return allowed.error();
    result<void> restored =
        item->kind == recycled_kind::cell ? co_await restore_cell(*item) : co_await restore_version(*item);
    if (!restored)
        co_return restored.error();
    co_return item;
}

task<result<void>> recycle_bin::restore_version(recycled_item one)
{
    if (!one.manifest || !one.version)
        co_return error(errc::conflict, one.folder + " does not say which version it was");
    auto opened = co_await open_item(names_, one.id);
    if (!opened)
        co_return opened.error();
    auto restored =
        co_await versions_.restore(opened->at, *one.manifest, *one.version, one.folder, std::move(opened->objects));
    if (!restored)
        co_return restored.error().within("restore " + one.manifest->str() + ' ' + one.version->str());
    log::info("recycle", "version-restored", {{"manifest", one.manifest->str()}, {"version", one.version->str()}});
    co_return restored;
}

task<result<void>> recycle_bin::restore_cell(recycled_item one)
{
    if (!one.cell)
        co_return error(errc::conflict, one.folder + " does not say which cell it was");
    const key_lock::lease alone = co_await locks_.acquire(one.cell->str());
    auto opened = co_await open_item(names_, one.id);
    if (!opened)
        co_return opened.error();
    auto manifest = co_await manifest_of(*opened);
    if (!manifest)
        co_return manifest.error();
    const config::cell wanted{one.bucket, *manifest};
    const auto configured = names_.config().cells.find(*one.cell);
    const bool known = configured != names_.config().cells.end();
    if (known && !(configured->second == wanted))
        co_return error(errc::conflict, "there is a cell " + one.cell->str() + " of another manifest or bucket by now");
    if (!names_.config().manifests.contains(*manifest))
        co_return error(errc::conflict, "its manifest " + manifest->str() + " is gone; create it first");

    const cell_place place{*one.cell, one.bucket, *manifest, opened->at};
    const folder_return back{
        opened->at.store, one.folder, opened->at.keys.cell(*one.cell), opened->objects, "trigger.json"};
    auto missing = co_await still_to_return(back);
    if (!missing)
        co_return missing.error().within("restore " + one.cell->str());
    result<void> done = co_await return_objects(back, std::move(*missing));
    if (done && !known)
        done = co_await save_cell(names_, *one.cell, wanted, writing::create);
    if (done)
        done = co_await restore_trigger(place, one);
    if (done)
        done = co_await empty_cell(*opened);
    if (!done)
        co_return done.error().within("restore " + one.cell->str());
    log::info("recycle", "cell-restored", {{"cell", one.cell->str()}});
    co_return done;
}

// With an id of its own, so that it counts as new for every agent.
task<result<void>> recycle_bin::restore_trigger(cell_place place, recycled_item one)
{
    constexpr std::size_t trigger_id_bytes = 16;
    auto kept = if_present(co_await place.at.store->get(one.folder + "trigger.json", model::document_max_bytes));
    if (!kept)
        co_return kept.error();
    if (!*kept)
        co_return result<void>(); // it was never published to
    auto trigger = model::parse_trigger((*kept)->body);
    if (!trigger)
        co_return trigger.error().within("read " + one.folder + "trigger.json");
    trigger->id = random_hex(trigger_id_bytes);
    auto written = co_await bucket::write_trigger(place.at, place.cell, std::move(*trigger));
    if (!written)
        co_return written.error();
    co_return co_await bucket::ring(place.at, place.cell.node);
}

task<result<void>> recycle_bin::remove(std::string id, expectation<recycled_item> expected)
{
    const key_lock::lease alone = co_await items_.acquire(id);
    auto opened = co_await open_item(names_, std::move(id));
    if (!opened)
        co_return opened.error();
    if (expected)
        if (auto allowed = expected(opened->item); !allowed)
            co_return allowed;
    auto removed = co_await opened->at.store->remove_all(keys_of(opened->objects));
    if (removed)
        log::info("recycle", "removed", {{"folder", opened->item.folder}, {"objects", opened->objects.size()}});
    co_return removed;
}

// An item that is gone was removed by someone else, or by us before a restart.
task<result<void>> recycle_bin::remove_again(operation_step step)
{
    auto removed = co_await remove(step.cell);
    if (!removed && removed.error().code() == errc::not_found)
        co_return result<void>();
    co_return removed;
}

task<result<operation>> recycle_bin::clear(actor who)
{
    auto items = co_await list();
    if (!items)
        co_return items.error();
    operation_order order{.kind = clearing, .cells = {}, .details = {}, .who = std::move(who)};
    for (const recycled_item& item : *items)
        order.cells.push_back(item.id);
    co_return co_await operations_.start(std::move(order));
}

} // namespace fleetman::control
