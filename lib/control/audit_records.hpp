#pragma once

#include <fleetman/control/audit.hpp>

#include <filesystem>
#include <string>

// The audit log as lines of files: one before a change, one with what came of it. Pure, but for the reading.

namespace fleetman::control {

std::string begin_record(const audit_entry& entry);
std::string end_record(const std::string& id, wall_time when, const audit::outcome& came_of_it);

// Reads the file and those that it was rotated to, the newest line first, until the page is full. Blocks.
result<audit::page> find_entries(const std::filesystem::path& file, const audit::query& wanted);

} // namespace fleetman::control
