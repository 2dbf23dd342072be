#pragma once

#include <fleetman/core/result.hpp>

#include <sys/types.h>

#include <string>

// Users and groups by name, resolved before anything is touched, so that an unknown one fails early.

namespace fleetman::host {

// A name, or a number when no such name exists. Fails with not_found.
result<uid_t> user_id(const std::string& name);
result<gid_t> group_id(const std::string& name);

// For messages: the name, or the number.
std::string user_name(uid_t id);
std::string group_name(gid_t id);

} // namespace fleetman::host
