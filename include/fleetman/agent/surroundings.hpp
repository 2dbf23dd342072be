#pragma once

#include <fleetman/agent/host_access.hpp>
#include <fleetman/bucket/location.hpp>

#include <memory>

// What the agent works with as it is configured now. Never changed: a new configuration is another object, and work
// that is under way ends with the one that it began with.

namespace fleetman::agent {

struct surroundings
{
    const host_access& host;
    bucket::location at;
    std::shared_ptr<const void> owner{}; // of what `host` refers to; nothing: it outlives the agent
};

} // namespace fleetman::agent
