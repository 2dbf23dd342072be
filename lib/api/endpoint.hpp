#pragma once

#include <fleetman/api/request_context.hpp>
#include <fleetman/control/services.hpp>
#include <fleetman/http/router.hpp>

#include <string>

// How a route becomes a function: decoded request in, answer out.

namespace fleetman::api {

using endpoint = task<http::response> (*)(request_context, control::services&);

inline void add(http::router& routes, http::verb method, std::string path, control::services& app, endpoint answer)
{
    routes.add(method, "/api/v1" + path, [&app, answer](http::request& request, const http::path_parameters& found) {
        return answer(request_context(request, found), app);
    });
}

// One function a file of handlers.
void add_bucket_routes(http::router& routes, control::services& app);
void add_resource_profile_routes(http::router& routes, control::services& app);
void add_manifest_routes(http::router& routes, control::services& app);
void add_version_routes(http::router& routes, control::services& app);
void add_version_file_routes(http::router& routes, control::services& app);
void add_cell_routes(http::router& routes, control::services& app);
void add_cell_version_routes(http::router& routes, control::services& app);
void add_override_routes(http::router& routes, control::services& app);
void add_publish_routes(http::router& routes, control::services& app);
void add_agent_routes(http::router& routes, control::services& app);

} // namespace fleetman::api
