#pragma once

#include <fleetman/agent/settings.hpp>
#include <fleetman/core/clock.hpp>

#include <cstddef>

// Ends the life of what was set aside, where an operator asked for that (global.backup_retention_days).

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

} // namespace fleetman::agent
