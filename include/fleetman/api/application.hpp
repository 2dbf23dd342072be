#pragma once

#include <fleetman/api/assets.hpp>
#include <fleetman/control/services.hpp>
#include <fleetman/http/message.hpp>
#include <fleetman/http/router.hpp>

#include <string>
#include <string_view>

// Every request of the controller's port: the API, its description, the page, and what watches over the process.

namespace fleetman::api {

class application
{
public:
    // `version` is the program's.
    application(control::services& app, assets files, std::string version);
    application(const application&) = delete;
    application& operator=(const application&) = delete;

    // Answers any request: unknown paths, wrong methods and requests from other sites' pages included.
    task<http::response> serve(http::request& request);

    // What the HTTP server itself refuses, as a problem document like every other refusal.
    static http::response refuse(http::status code, std::string_view why, std::string_view path);

    const http::router& routes() const { return routes_; }

private:
    void add_health_routes();
    void add_asset_routes();
    task<http::response> dispatch(http::request& request);

    control::services& app_;
    assets files_;
    std::string version_;
    bool local_only_; // without a login, only this machine's own names lead here
    http::router routes_;
};

} // namespace fleetman::api
