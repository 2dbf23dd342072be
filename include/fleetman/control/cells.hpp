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

struct observed_cell
{
    model::cell_ref cell;
    config::cell configured;
    std::optional<seen_trigger> trigger;
    std::optional<std::string> running_version; // by the heartbeat, else by the last deployment
    std::optional<bool> running;
    cell_verdict verdict;
};

class cells
{
public:
    static constexpr std::size_t reads_at_a_time = 16;

    cells(catalog& names, const fleet_view& fleet, key_lock& locks, clock& time)
        : names_(names), fleet_(fleet), locks_(locks), time_(time)
    {}

    // Never fails: what cannot be read makes the state unknown, with the reason.
    task<observed_cell> observe(model::cell_ref cell, config::cell configured);
    // Those given, in their order.
    using cell_list = std::vector<std::pair<model::cell_ref, config::cell>>;
    task<std::vector<observed_cell>> observe_all(cell_list wanted);

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
    task<result<void>> observe_into(std::shared_ptr<const cell_list> all,
        std::shared_ptr<std::vector<std::optional<observed_cell>>> seen, std::size_t index);

    catalog& names_;
    const fleet_view& fleet_;
    key_lock& locks_;
    clock& time_;
};

} // namespace fleetman::control
