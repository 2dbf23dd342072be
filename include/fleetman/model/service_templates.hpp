#pragma once

#include <fleetman/model/manifest.hpp>
#include <fleetman/model/resource_profile.hpp>

#include <optional>
#include <string>
#include <string_view>

// The unit and program definitions that Fleetman writes when an operator gives none, and the one edit that it makes
// to those that are given.

namespace fleetman::model {

// An app.service that runs `run.sh` in the service folder, restarts it on failure and appends to logs/. Limits come
// from the resource profile (none: unlimited). Holds fleetagent tokens; the agent renders them.
result<std::string> default_app_service(const manifest& of, const std::optional<resource_profile>& limits);

// A minimal run.sh to start from.
std::string default_run_script();

// A supervisord program for the agents that configure no template: placeholders ${service_name}, ${cell_id},
// ${working_directory}, ${user}. `%` and `;` are supervisord's to interpret; values are escaped by the agent.
std::string_view default_supervisor_program();

// Sets existing, uncommented User= and Group= lines of [Service] to these; adds none.
std::string with_service_account(std::string_view unit, std::string_view owner, std::string_view group);

} // namespace fleetman::model
