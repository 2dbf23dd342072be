#pragma once

#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/catalog.hpp>
#include <fleetman/control/cell_snapshot.hpp>
#include <fleetman/control/cell_state.hpp>
#include <fleetman/control/editing.hpp>
#include <fleetman/control/fleet_view.hpp>
#include <fleetman/control/key_lock.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

// Looking at cells: what was published to them, what the agents made of it, and which snapshots they keep. And putting
// them aside.

namespace fleetman::control {

class cells
{
public:
    cells(catalog& names, fleet_view& fleet, key_lock& locks, clock& time)
        : names_(names), fleet_(fleet), locks_(locks), time_(time)
    {}

    // Where a cell is: of this configuration, or one that only a bucket has. Fails with not_found.
    result<cell_place> place(const model::cell_ref& cell);

    // Puts a cell that only a bucket has into this configuration, with the manifest that its metadata names (without:
    // the one of its own name). Fails with not_found, with conflict when it is there already, and as save_cell().
    task<result<void>> adopt(model::cell_ref cell);

    // status.json. Fails with not_found before the first deployment.
    task<result<bucket::stored<model::deployment_status>>> status(model::cell_ref cell);

    // The snapshots of a cell, newest first.
    task<result<std::vector<cell_version>>> versions(model::cell_ref cell);

    // For good. Fails with not_found, with conflict for the triggered version unless `even_triggered`, and as
    // `expected`, which is asked before anything is done.
    using version_expectation = std::function<result<void>(const cell_snapshot&)>;
    task<result<void>> delete_version(
        model::cell_ref cell, model::version version, bool even_triggered, version_expectation expected = {});

    // Moves the cell's folder to cell_recycle/ and takes it out of the configuration: copies it, deletes the trigger,
    // rings, deletes the rest. A repeat after a failure goes on. `expected` is asked before anything is done.
    task<result<void>> archive(model::cell_ref cell, expectation<config::cell> expected = {});

private:
    catalog& names_;
    fleet_view& fleet_;
    key_lock& locks_;
    clock& time_;
};

} // namespace fleetman::control
