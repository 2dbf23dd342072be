#pragma once

#include <fleetman/model/manifest.hpp>
#include <fleetman/model/resource_profile.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// The unit and program definitions that Fleetman writes when an operator gives none, and the one edit that it makes
// to those that are given.

namespace fleetman::model {

// What an operator sets in a built-in template, by name; what is not set has its default. Values are single lines.
//
// run.sh:      command ("./bin/server")
// app.service: description, after ("network-online.target"), restart (always, on-failure, no), restart_sec (0..3600),
//              stop_timeout_sec (1..3600), limit_nofile (1..1048576); the last two are left to systemd when not set
using template_variables = std::map<std::string, std::string, std::less<>>;

// An app.service that runs `run.sh` in the service folder, restarts it on failure and appends to logs/. Limits come
// from the resource profile (none: unlimited). Holds fleetagent tokens; the agent renders them. Fails with invalid, and
// a field `variables.<name>` for each variable that is unknown or wrong.
result<std::string> default_app_service(
    const manifest& of, const std::optional<resource_profile>& limits, const template_variables& set = {});

// A minimal run.sh to start from. Fails likewise.
result<std::string> default_run_script(const template_variables& set = {});

// A supervisord program for the agents that configure no template: placeholders ${service_name}, ${cell_id},
// ${working_directory}, ${user}. `%` and `;` are supervisord's to interpret; values are escaped by the agent.
std::string_view default_supervisor_program();

// Sets existing, uncommented User= and Group= lines of [Service] to these; adds none.
std::string with_service_account(std::string_view unit, std::string_view owner, std::string_view group);

} // namespace fleetman::model
