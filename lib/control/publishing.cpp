#include <fleetman/bucket/publish.hpp>
#include <fleetman/control/publishing.hpp>
#include <fleetman/core/log.hpp>

#include <memory>
#include <utility>

namespace fleetman::control {

using model::cell_ref;
using model::manifest_name;
using model::version;

task<result<operation>> publishing::start(cell_ref cell, version version)
{
    result<cell_place> place = names_.cell(cell);
    if (!place)
        co_return place.error();
    auto existing = co_await place->at.store->head(place->at.keys.snapshot_manifest(cell, version));
    if (!existing) {
        if (existing.error().code() != errc::not_found)
            co_return existing.error();
        result<manifest_place> manifest = names_.manifest(place->manifest);
        if (!manifest)
            co_return manifest.error();
        auto finalized = co_await require_finalized(std::move(*manifest), version);
        if (!finalized)
            co_return finalized.error();
    }
    co_return begin(std::move(place->manifest), {std::move(cell)}, std::move(version));
}

task<result<operation>> publishing::start(manifest_name manifest, version version, std::vector<cell_ref> cells)
{
    result<manifest_place> place = names_.manifest(manifest);
    if (!place)
        co_return place.error();
    std::vector<field_error> strangers;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto known = names_.config().cells.find(cells[i]);
        if (known == names_.config().cells.end() || known->second.manifest != manifest)
            strangers.push_back(
                {"cells[" + std::to_string(i) + ']', cells[i].str() + " is no cell of manifest " + manifest.str()});
    }
    if (cells.empty())
        strangers.push_back({"cells", "there is no cell to publish to"});
    if (!strangers.empty())
        co_return error::violations("cannot publish " + manifest.str() + ' ' + version.str(), std::move(strangers));
    auto finalized = co_await require_finalized(std::move(*place), version);
    if (!finalized)
        co_return finalized.error();
    co_return begin(std::move(manifest), std::move(cells), std::move(version));
}

std::vector<cell_ref> publishing::cells_of(const manifest_name& manifest) const
{
    std::vector<cell_ref> all;
    for (const auto& [name, cell] : names_.config().cells)
        if (cell.manifest == manifest)
            all.push_back(name);
    return all;
}

task<result<void>> publishing::require_finalized(manifest_place of, version version)
{
    const std::string title = of.name.str() + ' ' + version.str();
    auto seal = co_await of.at.store->head(of.at.keys.deployment_manifest(of.name, version));
    if (seal)
        co_return result<void>();
    if (seal.error().code() != errc::not_found)
        co_return seal.error();
    auto any = co_await of.at.store->list({.prefix = of.at.keys.deployment(of.name, version), .max_keys = 1});
    if (!any)
        co_return any.error();
    if (any->objects.empty())
        co_return error(errc::not_found, "there is no version " + title);
    co_return error(errc::conflict, title + " is a draft; finalize it before publishing");
}

operation publishing::begin(manifest_name manifest, std::vector<cell_ref> cells, version version)
{
    std::vector<std::string> titles;
    titles.reserve(cells.size());
    for (const cell_ref& cell : cells)
        titles.push_back(cell.str());
    const auto all = std::make_shared<const std::vector<cell_ref>>(std::move(cells));
    return operations_.start("publish", std::move(titles),
        [this, manifest, all, version](std::size_t i) { return publish_one(manifest, (*all)[i], version); });
}

task<result<void>> publishing::publish_one(manifest_name of, cell_ref cell, version version)
{
    const key_lock::lease alone = co_await locks_.acquire(cell.str());
    result<cell_place> place = names_.cell(cell);
    if (!place)
        co_return place.error();
    if (place->manifest != of)
        co_return error(errc::conflict, cell.str() + " has been given to manifest " + place->manifest.str() +
                                            " since; " + version.str() + " of " + of.str() + " is not published to it");
    // A cell's snapshot can be published again when the manifest's bucket is out of reach or the manifest is gone.
    result<manifest_place> manifest = names_.manifest(of);
    const bucket::location source = manifest ? manifest->at : place->at;
    auto done = co_await bucket::publish({source, place->at, of, version, cell});
    if (!done)
        co_return done.error().within("publish " + version.str() + " to " + cell.str());
    log::info("publish", "published",
        {{"cell", cell.str()}, {"manifest", of.str()}, {"version", version.str()},
            {"trigger", done->trigger.id.value_or("")}, {"snapshot", done->built ? "built" : "existing"}});
    co_return result<void>();
}

} // namespace fleetman::control
