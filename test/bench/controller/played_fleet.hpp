#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/model/names.hpp>

#include <cstddef>

// A fleet that is not there, played into a bucket: node00000, node00001, …, each with cell00, cell01, … that run what
// their triggers say.

namespace fleetman::bench {

model::node_id node(std::size_t number);
model::cell_ref cell(std::size_t of, std::size_t number);

// Triggers, status and a heartbeat of each node.
task<result<void>> fill(bucket::location at, std::size_t agents, std::size_t cells_each);

// A heartbeat of each of `count` nodes.
task<result<void>> beat(bucket::location at, std::size_t first, std::size_t count, std::size_t cells_each);

// Heartbeats of one node after another, evenly. What a store is too slow for is late, and none is left out.
task<result<void>> keep_beating(
    bucket::location at, std::size_t agents, std::size_t cells_each, std::size_t per_minute, std::size_t seconds);

} // namespace fleetman::bench
