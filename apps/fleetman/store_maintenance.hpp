#pragma once

#include <CLI/CLI.hpp>

// `fleetman store verify`, `backup` and `restore`: what is done with a store's folder beside serving from it.

namespace fleetman {

void add_store_maintenance(CLI::App& store, int& exit_code);

} // namespace fleetman
