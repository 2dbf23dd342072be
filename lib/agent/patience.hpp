#pragma once

#include <fleetman/agent/host_access.hpp>
#include <fleetman/agent/layout.hpp>

#include <functional>

// Orders to a service manager that may be away for a moment: systemd re-executes itself, supervisord is restarted. An
// order that it could not hear says nothing about the service (docs/agent.md, "When the service manager is away").

namespace fleetman::agent {

using service_order = std::function<task<result<void>>(host::service_manager&)>;

// Gives the order to the manager of the cell's profile, again and again while it fails with unavailable, for
// settings::manager_patience at most. A profile without a manager has nothing to order.
task<result<void>> give_order(const host_access& host, const cell_layout& layout, service_order order);

// The order's answer; cancelled once the agent has no time left to wait for it.
task<result<void>> until_departure(const host_access& host, task<result<void>> order);

// Ends the caller where it is, as cancelling it would, when the agent was told to end: throws operation_aborted.
void leave_if_told(const host_access& host);

// The manager did not answer, so nothing is known.
inline bool is_away(const result<void>& ordered)
{
    return !ordered && ordered.error().code() == errc::unavailable;
}

} // namespace fleetman::agent
