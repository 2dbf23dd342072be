#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/core/result.hpp>

#include <chrono>
#include <cstddef>

// The copies of a publish and nothing else, by the client that publishing uses: what it is measured against.

namespace fleetman::bench {

// Copies the files of deployments/site/v1.0.0/ to a snapshot of each of the nodes' first cells, and tells how long that
// took.
task<result<std::chrono::milliseconds>> copy_to_cells(bucket::location at, std::size_t nodes, std::size_t at_a_time);

// Removes all of cells/.
task<result<void>> remove_cells(bucket::location at);

} // namespace fleetman::bench
