#pragma once

#include <fleetman/api/assets.hpp>
#include <fleetman/control/services.hpp>
#include <fleetman/http/message.hpp>
#include <fleetman/http/router.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

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
    // `pattern` becomes that of the route that answers; empty when none does.
    task<http::response> dispatch(http::request& request, std::string_view& pattern);

    control::services& app_;
    assets files_;
    std::string version_;
    bool local_only_; // without a login, only this machine's own names lead here
    http::router routes_;
    std::map<std::tuple<std::string_view, std::string_view, unsigned>, std::uint64_t> answered_; // lib/api/metrics.hpp
};

} // namespace fleetman::api
