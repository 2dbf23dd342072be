#pragma once

#include <fleetman/control/catalog.hpp>
#include <fleetman/control/key_lock.hpp>
#include <fleetman/control/operations.hpp>

#include <vector>

// Publishing a version to cells: an operation with a step for each.

namespace fleetman::control {

class publishing
{
public:
    publishing(catalog& names, operation_registry& operations, key_lock& locks)
        : names_(names), operations_(operations), locks_(locks)
    {}

    // To one cell, of its manifest. Fails before anything is started with not_found when the cell is unknown or neither
    // it nor the manifest has the version, conflict when that is a draft.
    task<result<operation>> start(model::cell_ref cell, model::version version);

    // To cells of one manifest, each with its own outcome. Fails likewise; with invalid when one of them is no cell of
    // this manifest, or there are none.
    task<result<operation>> start(
        model::manifest_name manifest, model::version version, std::vector<model::cell_ref> cells);

    // Every cell of a manifest.
    std::vector<model::cell_ref> cells_of(const model::manifest_name& manifest) const;

private:
    task<result<void>> require_finalized(manifest_place of, model::version version);
    operation begin(model::manifest_name manifest, std::vector<model::cell_ref> cells, model::version version);
    // Fails with conflict when the cell is no longer of the manifest that the version was asked for.
    task<result<void>> publish_one(model::manifest_name of, model::cell_ref cell, model::version version);

    catalog& names_;
    operation_registry& operations_;
    key_lock& locks_;
};

} // namespace fleetman::control
