#include "audit.hpp"
#include "endpoint.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/api/problem.hpp>
#include <fleetman/control/audit.hpp>
#include <fleetman/core/timestamp.hpp>

#include <boost/json/parse.hpp>

#include <exception>
#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::audit;
using control::audit_entry;
using control::services;

namespace {

// Method and path, and of the query only what changes the meaning and is nobody's secret.
std::string what_of(const http::request& request)
{
    std::string what = std::string(boost::beast::http::to_string(request.method)) + ' ' + request.path;
    char separator = '?';
    for (const char* const name : {"dry_run", "force"}) {
        if (const std::string* const value = request.parameter(name)) {
            what += separator + std::string(name) + '=' + (*value == "true" ? "true" : "false");
            separator = '&';
        }
    }
    return what;
}

// `detail` of a problem document.
std::string detail_of(const http::response& answer)
{
    const auto* const text = std::get_if<std::string>(&answer.body);
    if (text == nullptr)
        return {};
    boost::system::error_code wrong;
    const json::value body = json::parse(*text, wrong);
    const json::value* const detail = !wrong && body.is_object() ? body.get_object().if_contains("detail") : nullptr;
    return detail != nullptr && detail->is_string() ? std::string(detail->get_string()) : std::string();
}

audit::outcome outcome_of(const http::response& answer)
{
    constexpr unsigned first_refusal = 400;
    constexpr std::size_t longest_error = 1000;
    constexpr std::string_view operations = "/api/v1/operations/";
    audit::outcome came_of_it{static_cast<unsigned>(answer.code)};
    if (came_of_it.status >= first_refusal)
        came_of_it.error = detail_of(answer).substr(0, longest_error);
    const std::string_view location = answer.fields[http::field::location];
    if (location.starts_with(operations))
        came_of_it.operation = std::string(location.substr(operations.size()));
    return came_of_it;
}

json::object to_json(const audit_entry& entry)
{
    json::object body{{"id", entry.id}, {"when", rfc3339_millis(entry.when)}, {"who", entry.who.name},
        {"from", entry.who.from}, {"what", entry.what}, {"status", nullptr}, {"ended_at", nullptr}, {"error", nullptr},
        {"operation", nullptr}};
    if (entry.ended) {
        body["status"] = entry.status;
        body["ended_at"] = rfc3339_millis(*entry.ended);
    }
    if (!entry.error.empty())
        body["error"] = entry.error;
    if (!entry.operation.empty())
        body["operation"] = entry.operation;
    return body;
}

task<http::response> list_audit(request_context ctx, services& app)
{
    const auto limit = page_limit(ctx);
    if (!limit)
        co_return ctx.problem(limit.error());
    auto found = co_await app.audit.find({ctx.parameter("who"), ctx.parameter("what"), ctx.parameter("after"), *limit});
    if (!found)
        co_return ctx.problem(found.error());
    page<audit_entry> part{std::move(found->entries), ""};
    if (found->more)
        part.next = part.items.back().id;
    co_return list(ctx, part, to_json);
}

} // namespace

task<http::response> audited(
    services& app, const http::route& to, const http::path_parameters& path, http::request& request)
{
    const control::actor who = request_context(request, path).actor();
    const auto id = co_await app.audit.begin(who, what_of(request));
    if (!id)
        co_return problem(id.error(), request.path);
    std::exception_ptr thrown;
    http::response answer;
    try {
        task<http::response> handling = to.handle(request, path);
        answer = co_await std::move(handling);
    } catch (...) {
        thrown = std::current_exception(); // a bug, or the connection is being ended
    }
    if (thrown) {
        app.audit.end(*id, {static_cast<unsigned>(http::status::internal_server_error), "cut off", {}});
        std::rethrow_exception(thrown);
    }
    app.audit.end(*id, outcome_of(answer));
    co_return answer;
}

void add_audit_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/audit", access::operate, app, list_audit);
}

} // namespace fleetman::api
