#pragma once

#include <fleetman/config/agent_config.hpp>

#include <string>
#include <vector>

// What of a configuration can change while the agent runs. Pure.

namespace fleetman::agent {

// The settings that differ and need a restart, as dotted paths ("global.node_id"): who this node is, where its files
// are and where it logs. A profile that is new may be added; one that cells may use cannot be taken away.
std::vector<std::string> changes_that_need_restart(const config::agent_config& now, const config::agent_config& wanted);

} // namespace fleetman::agent
