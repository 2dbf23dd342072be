#include "body_fields.hpp"
#include "endpoint.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::api_token;
using control::services;
using control::token_store;

namespace {

constexpr std::uint64_t day_hours = 24;
constexpr std::uint64_t default_days = token_store::default_life.count() / day_hours;
constexpr std::uint64_t most_days = token_store::longest_life.count() / day_hours;
constexpr std::size_t longest_name = 64;

json::object to_json(const api_token& value)
{
    return {{"id", value.id}, {"name", value.name}, {"owner", value.owner}, {"role", config::to_string(value.role)},
        {"created_at", rfc3339_millis(value.created)}, {"expires_at", rfc3339_millis(value.expires)},
        {"last_used_at", value.last_used ? json::value(rfc3339_millis(*value.last_used)) : json::value()}};
}

// A name stands in the audit log and in log lines.
result<std::string> parse_name(std::string_view text)
{
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    if (text.empty() || text.size() > longest_name || text.find_first_not_of(allowed) != std::string_view::npos)
        return error(errc::invalid, "must be 1 to 64 of A-Z a-z 0-9 - _ .");
    return std::string(text);
}

result<config::user_role> parse_role(std::string_view text)
{
    if (const auto role = config::parse_user_role(text))
        return *role;
    return error(errc::invalid, "must be viewer, operator or admin");
}

struct wanted_token
{
    std::string name;
    config::user_role role = config::user_role::viewer;
    std::chrono::hours life = token_store::default_life;
};

result<wanted_token> read_wanted(const json::object& body)
{
    body_fields fields(body);
    const auto name = fields.parsed("name", parse_name);
    const auto role = fields.parsed("role", parse_role);
    const std::uint64_t days = fields.number("expires_in_days").value_or(default_days);
    if (days < 1 || days > most_days)
        fields.fail("expires_in_days", "must be 1 to " + std::to_string(most_days));
    if (!fields.ok())
        return fields.failure();
    return wanted_token{*name, *role, std::chrono::hours(days * day_hours)};
}

task<http::response> list_tokens(request_context ctx, services& app)
{
    auto part = page_of(ctx, app.accounts.tokens_for(*ctx.caller().who), [](const api_token& one) { return one.id; });
    if (!part)
        co_return ctx.problem(part.error());
    co_return list(ctx, *part, [](const api_token& one) { return to_json(one); });
}

task<http::response> create_token(request_context ctx, services& app)
{
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    result<wanted_token> wanted = read_wanted(*body);
    if (!wanted)
        co_return ctx.problem(wanted.error());
    auto issued =
        co_await app.accounts.issue_token(*ctx.caller().who, std::move(wanted->name), wanted->role, wanted->life);
    if (!issued)
        co_return ctx.problem(issued.error());
    json::object shown = to_json(issued->token);
    shown["token"] = issued->text.reveal();
    co_return ctx.created("/api/v1/tokens/" + url_segment(issued->token.id), shown);
}

task<http::response> revoke_token(request_context ctx, services& app)
{
    auto revoked = co_await app.accounts.revoke_token(*ctx.caller().who, ctx.variable("id"));
    co_return revoked ? ctx.no_content() : ctx.problem(revoked.error());
}

} // namespace

// Everybody has tokens of their own; only an admin sees and revokes those of others, and nobody makes one that may more
// than they.
void add_token_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/tokens", access::viewer, app, list_tokens);
    add(routes, http::verb::post, "/tokens", access::viewer, app, create_token);
    add(routes, http::verb::delete_, "/tokens/{id}", access::viewer, app, revoke_token);
}

} // namespace fleetman::api
