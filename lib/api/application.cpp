#include "admission.hpp"
#include "audit.hpp"
#include "endpoint.hpp"
#include "metrics.hpp"

#include <fleetman/api/application.hpp>
#include <fleetman/api/problem.hpp>
#include <fleetman/config/loopback.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

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
constexpr std::string_view security_fields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

void add_security_fields(http::response& answer)
{
    answer.more_fields = security_fields;
    if (answer.fields.count(field::cache_control) == 0)
        answer.set(field::cache_control, "no-store");
}

// A 401 says how to do better (RFC 9110 section 15.5.2); the page asks for a password by itself.
void add_challenge(http::response& answer)
{
    if (answer.code == status::unauthorized && answer.fields.count(field::www_authenticate) == 0)
        answer.set(field::www_authenticate, R"(Bearer realm="fleetman")");
}

http::response turn_away(const error& why, const caller& from, const http::request& request)
{
    http::response answer = problem(why, request.path);
    if (answer.code == status::unauthorized && from.refused) // RFC 6750 section 3.1
        answer.set(field::www_authenticate, R"(Bearer realm="fleetman", error="invalid_token")");
    return answer;
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

struct representation
{
    std::string_view encoding; // empty: as it is
    const http::shared_body& content;
};

// The smallest that the client takes (RFC 9110 section 12.5.3; we tell apart only whether a coding is refused by q=0).
representation choose(const asset& file, std::string_view accepted)
{
    if (file.brotli && accepts_coding(accepted, "br"))
        return {"br", *file.brotli};
    if (file.gzip && accepts_coding(accepted, "gzip"))
        return {"gzip", *file.gzip};
    return {"", file.content};
}

http::response send_asset(const assets& files, std::string_view name, const request_context& ctx)
{
    const auto found = files.find(name);
    if (!found)
        return ctx.problem(
            status::not_found, "there is no such file; a page that wants it is older than this controller");
    const representation sent = choose(*found, ctx.request().header(field::accept_encoding));
    const std::string etag = sent.encoding.empty() ? found->etag : found->etag + '-' + std::string(sent.encoding);
    http::response answer = http::response::empty(status::ok);
    if (ctx.knows_etag(etag))
        answer.code = status::not_modified;
    else
        sent.content.give_to(answer);
    answer.set(field::content_type, found->type);
    if (!sent.encoding.empty())
        answer.set(field::content_encoding, sent.encoding);
    answer.set(field::vary, "Accept-Encoding");
    // What is not immutable is asked for each time, and sent when changed.
    answer.set(field::cache_control, found->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    answer.set(field::etag, '"' + etag + '"');
    return answer;
}

// Ready when every bucket answered the last time it was asked. What is wrong is told to those who may read.
http::response readiness(const request_context& ctx, const control::services& app)
{
    json::array problems;
    const auto found = app.fleet.problems();
    for (const control::bucket_problem& one : found)
        if (ctx.caller().who)
            problems.push_back(json::object{{"bucket", one.bucket.str()}, {"error", one.why.message()},
                {"since", rfc3339_millis(one.since)},
                {"last_success", one.succeeded ? json::value(rfc3339_millis(*one.succeeded)) : json::value()}});
    const bool ready = app.fleet.complete() && found.empty();
    json::object body{{"ready", ready}, {"problems", std::move(problems)}};
    if (ready)
        return ctx.ok(body);
    return problem(status::service_unavailable, "not every bucket has answered the last time it was asked",
        ctx.request().path, std::move(body));
}

} // namespace

application::application(control::services& app, assets files, std::string version)
    : app_(app), files_(std::move(files)), version_(std::move(version)),
      local_only_(config::is_loopback(app.names.config().console.bind) && !app.names.config().console.insecure &&
                  !app.accounts.login_required())
{
    add_health_routes();
    add_asset_routes();
    add_bucket_routes(routes_, app_);
    add_object_routes(routes_, app_);
    add_node_key_routes(routes_, app_);
    add_resource_profile_routes(routes_, app_);
    add_manifest_routes(routes_, app_);
    add_version_routes(routes_, app_);
    add_version_file_routes(routes_, app_);
    add_diff_routes(routes_, app_);
    add_cleanup_routes(routes_, app_);
    add_recycle_routes(routes_, app_);
    add_cell_routes(routes_, app_);
    add_cell_version_routes(routes_, app_);
    add_override_routes(routes_, app_);
    add_publish_routes(routes_, app_);
    add_audit_routes(routes_, app_);
    add_agent_routes(routes_, app_);
    add_session_routes(routes_, app_);
    add_token_routes(routes_, app_);
    add_event_routes(routes_, app_);
    add_overview_routes(routes_, app_);
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
    add(routes_, verb::get, "/metrics", access::viewer, at_once([this](const request_context&) {
        return http::response::text(status::ok, metrics(app_, answered_, version_), "text/plain; version=0.0.4");
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
    add(routes_, verb::get, "/assets/{name...}", access::open, at_once([this](const request_context& ctx) {
        return send_asset(files_, "assets/" + ctx.variable("name"), ctx);
    }));
}

task<http::response> application::serve(http::request& request)
{
    const auto start = app_.time.steady_now();
    std::string_view pattern;
    http::response answer = co_await dispatch(request, pattern);
    add_challenge(answer);
    add_security_fields(answer);
    ++answered_[{boost::beast::http::to_string(request.method), pattern, static_cast<unsigned>(answer.code)}];
    const auto took = std::chrono::duration_cast<milliseconds>(app_.time.steady_now() - start);
    const auto severity = is_safe(request.method) ? log::level::debug : log::level::info;
    if (log::is_wanted(severity))
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

task<http::response> application::dispatch(http::request& request, std::string_view& pattern)
{
    if (const std::string_view host = request.header(field::host);
        local_only_ && !host.empty() && !config::is_loopback_authority(host))
        co_return problem(status::misdirected_request,
            "without a login this controller answers only to localhost, 127.0.0.1 and [::1]", request.path);
    const http::route_match match = routes_.match(request.method, request.path);
    if (match.found != nullptr) {
        pattern = match.found->pattern;
        caller from = find_caller(request, app_.accounts, app_.names.config().console);
        if (const result<void> admitted = admit(from, least_for(*match.found), request); !admitted)
            co_return turn_away(admitted.error(), from, request);
        request.caller = std::move(from);
        // What anybody may ask for keeps its own account: else anybody could fill the audit log.
        if (is_safe(request.method) || least_for(*match.found) == access::open)
            co_return co_await match.found->handle(request, match.parameters);
        co_return co_await audited(app_, *match.found, match.parameters, request);
    }
    if (match.malformed)
        co_return problem(status::unprocessable_entity,
            "the path has a dot segment, a control character or a bad percent-encoding", request.path);
    if (!match.allowed.empty())
        co_return wrong_method(request, match.allowed);
    co_return problem(status::not_found, "there is nothing at this path", request.path);
}

} // namespace fleetman::api
