#pragma once

#include <fleetman/agent/host_access.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/record.hpp>
#include <fleetman/bucket/location.hpp>

#include <optional>

// A service folder that the original left, a real folder at the live path, becomes a release like ours, so that it can
// be switched away from and back to. One step makes the change, with the service running or not: its processes hold the
// folder itself, not its path.

namespace fleetman::agent {

// The record of the folder that was taken over; nothing when there was none. What the bucket still lists of its
// version, else its local manifest, tells the version's files from the service's. Fails with conflict when a folder
// that is not ours stands at the live path `live_name` of the release to come, with the reason when the file system
// cannot exchange a folder for a link; nothing is changed then.
task<result<std::optional<release_record>>> take_over(
    const host_access& host, bucket::location at, cell_layout layout, std::string live_name);

// Of a cell that is not on this host: a unit or program of its name must be one that we wrote, left by a folder that is
// gone. Fails with conflict and its path when it is somebody else's. Blocks.
result<void> check_definition_is_free(const cell_layout& layout);

} // namespace fleetman::agent
