#pragma once

#include <fleetman/api/request_context.hpp>
#include <fleetman/control/services.hpp>

// The difference between a cell that can be changed here and one that can only be looked at.

namespace fleetman::api {

// The cell that the route names, which this configuration has. Fails with invalid, with conflict for one that only a
// bucket has, and with not_found.
result<model::cell_ref> managed_cell(const request_context& ctx, control::services& app);

} // namespace fleetman::api
