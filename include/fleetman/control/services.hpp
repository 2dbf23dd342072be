#pragma once

#include <fleetman/control/accounts.hpp>
#include <fleetman/control/audit.hpp>
#include <fleetman/control/browsing.hpp>
#include <fleetman/control/catalog.hpp>
#include <fleetman/control/cells.hpp>
#include <fleetman/control/cleanup.hpp>
#include <fleetman/control/fleet_view.hpp>
#include <fleetman/control/key_lock.hpp>
#include <fleetman/control/node_keys.hpp>
#include <fleetman/control/operations.hpp>
#include <fleetman/control/overrides.hpp>
#include <fleetman/control/places.hpp>
#include <fleetman/control/publishing.hpp>
#include <fleetman/control/recycle_bin.hpp>
#include <fleetman/control/state_folder.hpp>
#include <fleetman/control/versions.hpp>

#include <boost/asio/any_io_executor.hpp>

// The controller without its front door: every use case, wired once. For one executor (one thread).

namespace fleetman::control {

struct services
{
    services(boost::asio::any_io_executor ex, config::controller_config_file file, state_folder own_folder,
        store_factory make_store, worker_pool& pool, clock& clock)
        : time(clock), executor(ex), workers(pool), state(std::move(own_folder)), audit(ex, clock),
          downloads(ex, "downloads"), names(std::move(file), std::move(make_store), pool),
          accounts(ex, names, state, pool, clock), node_keys(names), events(ex), fleet(ex, names, clock, events),
          operations(ex, clock), versions(clock, texts), cells(names, fleet, locks, clock),
          overrides(names, locks, texts), publishing(names, operations, locks, clock),
          bin(names, operations, versions, locks), cleanup(names, versions, locks, clock)
    {
        operations.perform_with(
            control::cleanup::kind, [this](operation_step step) { return cleanup.perform(std::move(step)); });
        operations.perform_with(std::string(delete_folder_kind),
            [this](operation_step step) { return perform_delete_folder(names, std::move(step)); });
        names.wrap_stores([this](const model::bucket_name& name, std::shared_ptr<storage::object_store> store) {
            return fleet.listen_to(name, std::move(store));
        });
        accounts.on_farewell([this] { events.wake(); });
        operations.on_change([this](const operation& one) { events.publish(subject::operation, one.id); });
    }
    services(const services&) = delete;
    services& operator=(const services&) = delete;

    // Reads what the state folder remembers; call it before anything is asked for. Fails with invalid or failed.
    // Blocks.
    result<void> load() { return accounts.load(); }

    // Before anything else: operations and the audit log go on from what is on disk. Without it they are in memory
    // only, or not kept at all. Blocks. Fails with denied or failed.
    result<void> keep_state()
    {
        auto kept = audit.keep_in(state.path() / "audit.jsonl", workers);
        return kept ? operations.keep_in(state.path() / "operations.jsonl", workers) : kept;
    }

    // Ends what runs in the background: within `grace`, then by interrupting it.
    task<void> stop(milliseconds grace)
    {
        co_await operations.stop(grace);
        co_await downloads.drain(milliseconds(0));
        co_await fleet.stop();
        co_await accounts.stop();
        co_await audit.stop();
    }

    fleetman::clock& time;
    boost::asio::any_io_executor executor;
    worker_pool& workers; // for what blocks
    state_folder state;
    control::audit audit;
    places uploads{16}; // of those of unknown length, which lie on disk meanwhile
    task_group downloads;
    key_lock locks; // by "node/cell"
    text_memory texts;
    catalog names;
    control::accounts accounts;
    control::node_keys node_keys;
    event_feed events;
    fleet_view fleet;
    operation_registry operations;
    control::versions versions;
    control::cells cells;
    control::overrides overrides;
    control::publishing publishing;
    recycle_bin bin;
    control::cleanup cleanup;
};

} // namespace fleetman::control
