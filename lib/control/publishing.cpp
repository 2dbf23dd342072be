#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/publishing.hpp>

#include <memory>
#include <utility>

namespace fleetman::control {

using model::cell_ref;
using model::manifest_name;
using model::version;

task<result<operation>> publishing::start(cell_ref cell, publish_request what)
{
    result<cell_place> place = names_.cell(cell);
    if (!place)
        co_return place.error();
    auto existing = co_await place->at.store->head(place->at.keys.snapshot_manifest(cell, what.version));
    if (!existing) {
        if (existing.error().code() != errc::not_found)
            co_return existing.error();
        result<manifest_place> manifest = names_.manifest(place->manifest);
        if (!manifest)
            co_return manifest.error();
        auto finalized = co_await require_finalized(std::move(*manifest), what.version);
        if (!finalized)
            co_return finalized.error();
    }
    co_return co_await begin(std::move(place->manifest), std::move(what), {std::move(cell)});
}

task<result<operation>> publishing::start(manifest_name manifest, publish_request what, std::vector<cell_ref> cells)
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
        co_return error::violations(
            "cannot publish " + manifest.str() + ' ' + what.version.str(), std::move(strangers));
    auto finalized = co_await require_finalized(std::move(*place), what.version);
    if (!finalized)
        co_return finalized.error();
    co_return co_await begin(std::move(manifest), std::move(what), std::move(cells));
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

task<result<operation>> publishing::begin(manifest_name manifest, publish_request what, std::vector<cell_ref> cells)
{
    operation_order order{.kind = "publish",
        .cells = {},
        .details = {{"manifest", manifest.str()}, {"version", what.version.str()}},
        .who = std::move(what.who),
        .stop_on_error = what.stop_on_error};
    order.cells.reserve(cells.size());
    for (const cell_ref& cell : cells)
        order.cells.push_back(cell.str());
    co_return co_await operations_.start(std::move(order));
}

} // namespace fleetman::control
