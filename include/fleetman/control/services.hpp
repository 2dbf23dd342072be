#pragma once

#include <fleetman/control/accounts.hpp>
#include <fleetman/control/catalog.hpp>
#include <fleetman/control/cells.hpp>
#include <fleetman/control/fleet_view.hpp>
#include <fleetman/control/key_lock.hpp>
#include <fleetman/control/operations.hpp>
#include <fleetman/control/overrides.hpp>
#include <fleetman/control/publishing.hpp>
#include <fleetman/control/state_folder.hpp>
#include <fleetman/control/versions.hpp>

#include <boost/asio/any_io_executor.hpp>

// The controller without its front door: every use case, wired once. For one executor (one thread).

namespace fleetman::control {

struct services
{
    services(boost::asio::any_io_executor ex, config::controller_config_file file, state_folder own_folder,
        store_factory make_store, worker_pool& pool, clock& clock)
        : time(clock), executor(ex), state(std::move(own_folder)), downloads(ex, "downloads"),
          names(std::move(file), std::move(make_store), pool), accounts(ex, names, state, pool, clock),
          fleet(
              ex, [this] { return names.locations(); }, clock),
          operations(ex, clock), versions(clock), cells(names, fleet, locks, clock), overrides(names, locks),
          publishing(names, operations, locks)
    {}
    services(const services&) = delete;
    services& operator=(const services&) = delete;

    // Reads what the state folder remembers; call it before anything is asked for. Fails with invalid or failed.
    // Blocks.
    result<void> load() { return accounts.load(); }

    // Ends what runs in the background: within `grace`, then by interrupting it.
    task<void> stop(milliseconds grace)
    {
        co_await operations.stop(grace);
        co_await downloads.drain(milliseconds(0));
        co_await fleet.stop();
        co_await accounts.stop();
    }

    fleetman::clock& time;
    boost::asio::any_io_executor executor;
    state_folder state;
    task_group downloads;
    key_lock locks; // by "node/cell"
    catalog names;
    control::accounts accounts;
    fleet_view fleet;
    operation_registry operations;
    control::versions versions;
    control::cells cells;
    control::overrides overrides;
    control::publishing publishing;
};

} // namespace fleetman::control
