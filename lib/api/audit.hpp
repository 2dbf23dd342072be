#pragma once

#include <fleetman/control/services.hpp>
#include <fleetman/http/message.hpp>
#include <fleetman/http/router.hpp>

// The one place through which every change passes on its way to its handler.

namespace fleetman::api {

// Performs a request that may change something, and keeps who asked for it and what came of it.
task<http::response> audited(
    control::services& app, const http::route& to, const http::path_parameters& path, http::request& request);

} // namespace fleetman::api
