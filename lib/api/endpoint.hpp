#pragma once

#include <fleetman/api/access.hpp>
#include <fleetman/api/request_context.hpp>
#include <fleetman/control/editing.hpp>
#include <fleetman/control/services.hpp>
#include <fleetman/http/router.hpp>

#include <memory>
#include <string>
#include <utility>

// How a route becomes a function: decoded request in, answer out.

namespace fleetman::api {

using endpoint = task<http::response> (*)(request_context, control::services&);

// A route of the API; `path` is below /api/v1. There is none without a word about who may call it.
inline void add(
    http::router& routes, http::verb method, std::string path, access least, control::services& app, endpoint answer)
{
    routes.add(method, "/api/v1" + path, static_cast<int>(least),
        [&app, answer](http::request& request, const http::path_parameters& found) {
            return answer(request_context(request, found), app);
        });
}

// A route beside the API; `path` is whole.
inline void add(http::router& routes, http::verb method, std::string path, access least, http::route_handler answer)
{
    routes.add(method, std::move(path), static_cast<int>(least), std::move(answer));
}

// With something that the handler keeps between requests.
template <class Kept>
void add(http::router& routes, http::verb method, std::string path, access least, control::services& app,
    task<http::response> (*answer)(request_context, control::services&, std::shared_ptr<Kept>),
    std::shared_ptr<Kept> kept)
{
    routes.add(method, "/api/v1" + path, static_cast<int>(least),
        [&app, answer, kept](http::request& request, const http::path_parameters& found) {
            return answer(request_context(request, found), app, kept);
        });
}

// `?dry_run=true`: every rule is checked and the answer is as it would be, but nothing is saved. Fails with invalid.
inline result<control::effect> wanted_effect(const request_context& ctx)
{
    const result<bool> dry_run = ctx.flag("dry_run");
    if (!dry_run)
        return dry_run.error();
    return *dry_run ? control::effect::rehearsed : control::effect::saved;
}

// One function a file of handlers.
void add_bucket_routes(http::router& routes, control::services& app);
void add_object_routes(http::router& routes, control::services& app);
void add_node_key_routes(http::router& routes, control::services& app);
void add_resource_profile_routes(http::router& routes, control::services& app);
void add_manifest_routes(http::router& routes, control::services& app);
void add_version_routes(http::router& routes, control::services& app);
void add_diff_routes(http::router& routes, control::services& app);
void add_cleanup_routes(http::router& routes, control::services& app);
void add_recycle_routes(http::router& routes, control::services& app);
void add_version_file_routes(http::router& routes, control::services& app);
void add_cell_routes(http::router& routes, control::services& app);
void add_cell_version_routes(http::router& routes, control::services& app);
void add_override_routes(http::router& routes, control::services& app);
void add_publish_routes(http::router& routes, control::services& app);
void add_audit_routes(http::router& routes, control::services& app);
void add_agent_routes(http::router& routes, control::services& app);
void add_session_routes(http::router& routes, control::services& app);
void add_token_routes(http::router& routes, control::services& app);
void add_event_routes(http::router& routes, control::services& app);
void add_overview_routes(http::router& routes, control::services& app);

} // namespace fleetman::api
