#pragma once

#include <fleetman/control/versions.hpp>

// The check of a version as a whole, and its seal.

namespace fleetman::control {

struct seal_order
{
    manifest_place of;
    model::version version;
    model::known_names known;
    std::optional<model::resource_profile> limits; // none: unlimited
};

// See versions::finalize.
task<result<model::snapshot>> seal_version(seal_order order, wall_time now);

} // namespace fleetman::control
