#pragma once

#include "json_fields.hpp"

#include <fleetman/model/health_check.hpp>

// The part of a manifest that holds its health checks.

namespace fleetman::model {

// `health`, absent or a list; every violation under its dotted path.
std::vector<health_check> read_health(json_fields& fields, std::vector<field_error>& violations);

} // namespace fleetman::model
