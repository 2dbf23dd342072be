#pragma once

#include <fleetman/agent/settings.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/model/names.hpp>

#include <cstddef>
#include <string>

// Ends the life of what was set aside, where an operator asked for that (global.backup_retention_days), and of what
// never came to be a backup.

namespace fleetman::agent {

struct swept_backups
{
    std::size_t removed = 0;
    std::size_t failed = 0; // each is logged; the next sweep tries again
};

// Removes the folders directly in <base_dir>/backup that bear one of our names (retention.hpp) with a stamp older than
// settings::backup_retention; nothing at all without one. Whatever has another name, and whatever is no folder, such as
// a symlink of such a name, is left alone; within a folder no symlink is followed. Blocks.
swept_backups sweep_backups(const settings& with, wall_time now);

// How a backup is named that is being copied to <base_dir>/backup and is not whole yet.
std::string partial_backup_name(const model::cell_id& cell);

// Removes those that were cut off; while nobody copies. What cannot be removed is logged. Blocks.
void remove_partial_backups(const settings& with);

} // namespace fleetman::agent
