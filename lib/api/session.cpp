#include "body_fields.hpp"
#include "endpoint.hpp"

#include <fleetman/core/timestamp.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace fleetman::api {

namespace json = boost::json;
using control::identity;
using control::services;
using http::field;
using http::status;

namespace {

constexpr std::size_t longest_user_name = 128;

json::object session_json(const services& app, const std::optional<identity>& who, const std::optional<secret>& session)
{
    json::object body{{"login", app.accounts.login_required() ? "form" : "none"}, {"user", nullptr}, {"role", nullptr},
        {"csrf_token", nullptr}, {"ends_at", nullptr}};
    if (!who)
        return body;
    body["user"] = who->who.name;
    body["role"] = config::to_string(who->role);
    if (session)
        body["csrf_token"] = control::csrf_token(*session);
    if (who->ends)
        body["ends_at"] = rfc3339_millis(*who->ends);
    return body;
}

std::string cookie(const request_context& ctx, std::string_view value, std::chrono::seconds life)
{
    const bool https = ctx.caller().https;
    return std::string(session_cookie_name(https)) + '=' + std::string(value) +
           "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(life.count()) + (https ? "; Secure" : "");
}

http::response too_early(const request_context& ctx, milliseconds wait)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return ctx
        .problem(status::too_many_requests, "too many wrong passwords; try again in " + std::to_string(seconds) + " s")
        .set(field::retry_after, std::to_string(seconds));
}

// The answer to whoever has shown a right password: a session, in place of the one that they may have had.
http::response answer_with(
    const request_context& ctx, services& app, const control::sessions::begun& begun, status code)
{
    if (ctx.caller().session)
        app.accounts.log_out(*ctx.caller().session);
    const auto who = app.accounts.by_session(begun.id, ctx.caller().address);
    const auto life = std::chrono::duration_cast<std::chrono::seconds>(begun.ends - app.time.now());
    http::response answer = ctx.ok(session_json(app, who, begun.id));
    answer.code = code;
    return answer.set(field::set_cookie, cookie(ctx, begun.id.reveal(), life));
}

http::response refuse(const request_context& ctx, const error& why, status when_denied)
{
    if (why.code() == errc::denied)
        return ctx.problem(when_denied, why.message());
    http::response answer = ctx.problem(why);
    if (answer.code == status::service_unavailable)
        answer.set(field::retry_after, "1");
    return answer;
}

// What came of a password that was looked at. One that came too early is not remembered: the log is bounded, and nobody
// without an account shall push out of it what others have done.
task<result<void>> remember(request_context ctx, services& app, std::string user, control::audit::outcome came_of_it)
{
    if (!app.accounts.has_user(user))
        user = "(unknown)"; // names that nobody has are passwords at times
    const auto id = co_await app.audit.begin({std::move(user), ctx.caller().address}, "POST /api/v1/session");
    if (!id)
        co_return id.error();
    app.audit.end(*id, came_of_it);
    co_return result<void>();
}

task<http::response> log_in(request_context ctx, services& app)
{
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    std::string user = fields.required_text("user");
    secret password(fields.required_text("password"));
    if (user.size() > longest_user_name)
        fields.fail("user", "must be at most 128 bytes");
    if (!fields.ok())
        co_return ctx.problem(fields.failure());
    const auto outcome = co_await app.accounts.log_in(user, std::move(password), ctx.caller().address);
    if (const auto* wait = std::get_if<control::throttled>(&outcome))
        co_return too_early(ctx, wait->wait);
    const auto* const why = std::get_if<error>(&outcome);
    if (why != nullptr && why->code() != errc::denied)
        co_return refuse(ctx, *why, status::unauthorized);
    const status code = why != nullptr ? status::unauthorized : status::created;
    auto remembered = co_await remember(
        ctx, app, std::move(user), {static_cast<unsigned>(code), why != nullptr ? why->message() : std::string(), {}});
    if (why != nullptr)
        co_return refuse(ctx, *why, status::unauthorized);
    if (!remembered) {
        app.accounts.log_out(std::get<control::sessions::begun>(outcome).id);
        co_return ctx.problem(remembered.error());
    }
    co_return answer_with(ctx, app, std::get<control::sessions::begun>(outcome), status::created)
        .set(field::location, "/api/v1/session");
}

// Also for nobody, who learns whether a login is needed.
task<http::response> show_session(request_context ctx, services& app)
{
    co_return ctx.ok(session_json(app, ctx.caller().who, ctx.caller().session));
}

task<http::response> log_out(request_context ctx, services& app)
{
    if (!ctx.caller().session)
        co_return ctx.problem(
            error(errc::conflict, "there is no session to end: you have not logged in with a password"));
    app.accounts.log_out(*ctx.caller().session);
    co_return ctx.no_content().set(field::set_cookie, cookie(ctx, "", std::chrono::seconds(0)));
}

task<http::response> change_password(request_context ctx, services& app)
{
    if (!ctx.caller().session)
        co_return ctx.problem(error(errc::conflict, "only somebody who has logged in with a password can change it"));
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    secret now(fields.required_text("password"));
    secret next(fields.required_text("new_password"));
    if (!fields.ok())
        co_return ctx.problem(fields.failure());
    const auto outcome = co_await app.accounts.change_password(
        ctx.caller().who->user, std::move(now), std::move(next), ctx.caller().address);
    if (const auto* wait = std::get_if<control::throttled>(&outcome))
        co_return too_early(ctx, wait->wait);
    if (const auto* why = std::get_if<error>(&outcome))
        co_return refuse(ctx, *why, status::forbidden);
    co_return answer_with(ctx, app, std::get<control::sessions::begun>(outcome), status::ok);
}

} // namespace

void add_session_routes(http::router& routes, services& app)
{
    add(routes, http::verb::post, "/session", access::open, app, log_in);
    add(routes, http::verb::get, "/session", access::open, app, show_session);
    add(routes, http::verb::delete_, "/session", access::viewer, app, log_out);
    add(routes, http::verb::post, "/session/password", access::viewer, app, change_password);
}

} // namespace fleetman::api
