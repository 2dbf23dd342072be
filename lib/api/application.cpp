#include "endpoint.hpp"

#include <fleetman/api/application.hpp>
#include <fleetman/api/problem.hpp>
#include <fleetman/config/loopback.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/text.hpp>

#include <boost/json/array.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using http::field;
using http::status;
using http::verb;

namespace {

// No script but ours, no frame, no other site (CSP level 3).
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

void add_security_fields(http::response& answer)
{
    answer.set("Content-Security-Policy", content_security_policy);
    answer.set("X-Content-Type-Options", "nosniff");
    answer.set("Referrer-Policy", "no-referrer");
    answer.set("Cross-Origin-Resource-Policy", "same-origin");
    if (answer.fields.count(field::cache_control) == 0)
        answer.set(field::cache_control, "no-store");
}

bool is_safe(verb method)
{
    return method == verb::get || method == verb::head || method == verb::options;
}

// Whether a browser sent this for the page of another site: browsers name the origin of every unsafe request.
bool from_elsewhere(const http::request& request)
{
    const std::string_view origin = request.header(field::origin);
    if (origin.empty() || is_safe(request.method))
        return false;
    const std::size_t scheme_end = origin.find("://");
    return scheme_end == std::string_view::npos ||
           lower_case(origin.substr(scheme_end + 3)) != lower_case(request.header(field::host));
}

http::response wrong_method(const http::request& request, const std::vector<verb>& allowed)
{
    std::string methods;
    for (const verb one : allowed)
        methods.append(methods.empty() ? "" : ", ").append(boost::beast::http::to_string(one));
    http::response answer = problem(status::method_not_allowed, "this path takes " + methods, request.path);
    answer.set(field::allow, methods);
    return answer;
}

http::response send_asset(const assets& files, std::string_view name, const request_context& ctx)
{
    const auto found = files.find(name);
    if (!found)
        return ctx.problem(status::not_found, "there is no such file");
    http::response answer = http::response::empty(status::ok);
    if (ctx.knows_etag(found->etag))
        answer.code = status::not_modified;
    else
        answer.body = found->content;
    answer.set(field::content_type, found->type);
    answer.set(field::cache_control, "no-cache"); // asked for each time, sent when changed
    answer.set(field::etag, '"' + found->etag + '"');
    return answer;
}

// Ready when every bucket answered the last time it was asked.
http::response readiness(const request_context& ctx, const control::services& app)
{
    json::array problems;
    for (const control::bucket_problem& one : app.fleet.problems())
        problems.push_back(json::object{{"bucket", one.bucket.str()}, {"error", one.why.message()}});
    const bool ready = app.fleet.complete() && problems.empty();
    json::object body{{"ready", ready}, {"problems", std::move(problems)}};
    if (ready)
        return ctx.ok(body);
    return problem(status::service_unavailable, "not every bucket has answered the last time it was asked",
        ctx.request().path, std::move(body));
}

} // namespace

application::application(control::services& app, assets files, std::string version)
    : app_(app), files_(std::move(files)), version_(std::move(version)),
      local_only_(config::is_loopback(app.names.config().console.bind) && !app.names.config().console.insecure)
{
    add_health_routes();
    add_asset_routes();
    add_bucket_routes(routes_, app_);
    add_resource_profile_routes(routes_, app_);
    add_manifest_routes(routes_, app_);
    add_version_routes(routes_, app_);
    add_version_file_routes(routes_, app_);
    add_cell_routes(routes_, app_);
    add_cell_version_routes(routes_, app_);
    add_override_routes(routes_, app_);
    add_publish_routes(routes_, app_);
    add_agent_routes(routes_, app_);
}

namespace {

// A handler that answers at once.
template <class Answer>
http::route_handler at_once(Answer answer)
{
    return [answer](http::request& request, const http::path_parameters& found) {
        return [](http::response ready) -> task<http::response> { co_return ready; }(
                                            answer(request_context(request, found)));
    };
}

} // namespace

void application::add_health_routes()
{
    add(routes_, verb::get, "/healthz", access::open, at_once([this](const request_context& ctx) {
        return ctx.ok(json::object{{"status", "ok"}, {"version", version_}});
    }));
    add(routes_, verb::get, "/readyz", access::open,
        at_once([this](const request_context& ctx) { return readiness(ctx, app_); }));
}

void application::add_asset_routes()
{
    const auto fixed = [this](std::string path, std::string file) {
        add(routes_, verb::get, std::move(path), access::open,
            at_once([this, file](const request_context& ctx) { return send_asset(files_, file, ctx); }));
    };
    fixed("/", "index.html");
    fixed("/api/openapi.json", "openapi.json");
    add(routes_, verb::get, "/assets/{name}", access::open,
        at_once([this](const request_context& ctx) { return send_asset(files_, ctx.variable("name"), ctx); }));
}

task<http::response> application::serve(http::request& request)
{
    const auto start = app_.time.steady_now();
    http::response answer = co_await dispatch(request);
    add_security_fields(answer);
    const auto took = std::chrono::duration_cast<milliseconds>(app_.time.steady_now() - start);
    const auto severity = is_safe(request.method) ? log::level::debug : log::level::info;
    log::write(severity, "api", "answered",
        {{"method", boost::beast::http::to_string(request.method)}, {"path", request.path},
            {"status", static_cast<unsigned>(answer.code)}, {"peer", request.peer}, {"took", took}});
    co_return answer;
}

http::response application::refuse(status code, std::string_view why, std::string_view path)
{
    http::response answer = problem(code, why, path);
    add_security_fields(answer);
    return answer;
}

task<http::response> application::dispatch(http::request& request)
{
    if (const std::string_view host = request.header(field::host);
        local_only_ && !host.empty() && !config::is_loopback_authority(host))
        co_return problem(status::misdirected_request,
            "without a login this controller answers only to localhost, 127.0.0.1 and [::1]", request.path);
    if (from_elsewhere(request))
        co_return problem(status::forbidden, "the request comes from the page of another site", request.path);
    const http::route_match match = routes_.match(request.method, request.path);
    if (match.found != nullptr)
        co_return co_await match.found->handle(request, match.parameters);
    if (match.malformed)
        co_return problem(status::unprocessable_entity,
            "the path has a dot segment, a control character or a bad percent-encoding", request.path);
    if (!match.allowed.empty())
        co_return wrong_method(request, match.allowed);
    co_return problem(status::not_found, "there is nothing at this path", request.path);
}

} // namespace fleetman::api
