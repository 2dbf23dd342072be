#pragma once

#include <filesystem>
#include <vector>

// Where processes stand: a service whose unit says KillMode=process may leave some behind, which go on working in the
// folder of the release that they were started from.

namespace fleetman::host {

// The current folders of all processes that this one may look at (proc(5), /proc/PID/cwd): of everybody's for root, of
// its own user's otherwise. It blocks.
std::vector<std::filesystem::path> working_folders();

// Whether one of `folders` is `top` or below it.
bool stands_in(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& top);

} // namespace fleetman::host
