#pragma once

#include <fleetman/core/result.hpp>

#include <string_view>

// One place that turns errno into a code to branch on and a sentence.

namespace fleetman::host {

// "open /etc/x: Permission denied". ENOENT is not_found, EACCES, EPERM and EROFS are denied, EEXIST and ENOTEMPTY are
// conflict, ELOOP and ENOTDIR are invalid (something stands where a folder should), a full or failing disk is
// unavailable, the rest failed.
error os_error(std::string_view doing, int number);

} // namespace fleetman::host
