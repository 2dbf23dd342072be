#pragma once

#include <fleetman/core/clock.hpp>

#include <optional>
#include <string_view>

// Tells the service manager that started us how we are (sd_notify(3)), without linking to libsystemd.

namespace fleetman::host {

// "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…". False when nobody listens (NOTIFY_SOCKET is not set) or it failed;
// there is nothing to do about either.
bool notify_service_manager(std::string_view state);

// How often it must hear "WATCHDOG=1" (sd_watchdog_enabled(3)); nothing when it does not watch this process.
std::optional<milliseconds> watchdog_limit();

} // namespace fleetman::host
