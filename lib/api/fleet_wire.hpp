#pragma once

#include <fleetman/control/fleet_state.hpp>

#include <boost/json/object.hpp>

#include <string>

// Agents and cells as JSON text, made once for each change of one and shared by every list and event that shows it.

namespace fleetman::api {

const std::string& text_of(const control::known_agent& value);
const std::string& text_of(const model::cell_ref& name, const control::known_cell& value);

boost::json::object to_json(const model::cell_ref& name, const control::known_cell& value);

} // namespace fleetman::api
