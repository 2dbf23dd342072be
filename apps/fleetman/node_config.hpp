#pragma once

#include <fleetman/config/connection.hpp>
#include <fleetman/model/names.hpp>

#include <string>

// A configuration for the agent of a new node, ready to be started with.

namespace fleetman::app {

// YAML with a word on each setting. The keys are those of `connection`.
std::string node_config(const model::node_id& node, const config::bucket_connection& connection);

} // namespace fleetman::app
