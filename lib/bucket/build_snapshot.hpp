#pragma once

#include <fleetman/bucket/publish.hpp>

#include <memory>

// The first half of publishing: a snapshot that was not there.

namespace fleetman::bucket {

task<result<listed_folder>> list_folder(location at, std::string prefix);

// Builds the snapshot in a folder that holds `present` and no manifest.json. Fails with conflict, among others, when
// someone else completes it meanwhile.
task<result<model::snapshot>> build_snapshot(publish_order order, listed_folder present);

} // namespace fleetman::bucket
