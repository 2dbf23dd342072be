#pragma once

#include <fleetman/host/folder.hpp>

#include <string_view>

// Moves what a service wrote out of its way. rename(2) cannot leave a file system, and backups may lie on another one.

namespace fleetman::host {

// Moves `name` of `from`, whatever it is, to `to`, where the name `as` is free. To another file system it is copied,
// with owners, modes and times of files, and made durable before the original goes; a failure leaves the original as it
// was. Sockets, fifos and devices are not copied. No symlink is followed. It blocks.
result<void> move_entry(const folder& from, std::string_view name, const folder& to, std::string_view as);

} // namespace fleetman::host
