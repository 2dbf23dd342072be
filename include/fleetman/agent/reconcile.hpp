#pragma once

#include <fleetman/agent/settings.hpp>
#include <fleetman/model/manifest.hpp>
#include <fleetman/model/names.hpp>

#include <filesystem>
#include <optional>
#include <vector>

// What of ours is on this host, whatever the agent remembers: a unit, program or folder is ours only when our local
// manifest.json is beside it. Looking changes nothing.

namespace fleetman::agent {

struct installed_cell
{
    model::cell_id cell;
    model::run_profile profile{};
    std::optional<model::manifest_name> manifest;
    std::optional<model::version> version;
    std::filesystem::path live;
};

// Sorted by cell. A folder that cannot be read holds nothing. Blocks.
std::vector<installed_cell> installed_cells(const settings& with);

// The same cell under another profile than `profile`: two of them would run beside each other. Blocks.
std::optional<installed_cell> installed_otherwise(
    const settings& with, const model::cell_id& cell, model::run_profile profile);

} // namespace fleetman::agent
