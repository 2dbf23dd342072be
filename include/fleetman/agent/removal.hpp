#pragma once

#include <fleetman/agent/host_access.hpp>
#include <fleetman/agent/layout.hpp>

#include <filesystem>

// Takes a cell off this host. Its files are moved aside, never deleted.

namespace fleetman::agent {

// Stops and unregisters the service, then moves the service folder, with what the service wrote, to
// `<base_dir>/backup/fleetman-<cell>-<stamp>`; returns that path, empty when there was nothing to move. Can be repeated
// after a failure or a crash. The caller sees to it that nothing else works on the cell.
task<result<std::filesystem::path>> remove_cell(const host_access& host, cell_layout layout);

} // namespace fleetman::agent
