#pragma once

#include <fleetman/agent/host_access.hpp>
#include <fleetman/agent/layout.hpp>

#include <string>

// What a cell leaves behind once a release of it runs. All of it blocks, and a failure is one for the next deployment
// to mend: nothing that runs depends on it.

namespace fleetman::agent {

// Old releases beyond the limits (retention.hpp). One that a process still works in is left for the next time.
void forget_old_releases(
    const host_access& host, const cell_layout& layout, const std::string& running, const std::string& left);

// Slots whose release is gone, left by definitions of the past.
void forget_old_slots(const cell_layout& layout);

// The other spelling of the live path, when a version began or ceased to bring its own unit.
void forget_other_live_path(const cell_layout& layout, const std::string& live_name);

} // namespace fleetman::agent
