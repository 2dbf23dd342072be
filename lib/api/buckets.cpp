#include "body_fields.hpp"
#include "endpoint.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/control/editing.hpp>

#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using config::bucket_connection;
using control::services;
using control::writing;
using model::bucket_name;

namespace {

using named_bucket = std::pair<bucket_name, bucket_connection>;

std::string location_of(const bucket_name& name)
{
    return "/api/v1/buckets/" + url_segment(name.str());
}

// What is not said, or said as a GET shows it, stays as `before` has it.
result<bucket_connection> read_connection(const json::object& body, const bucket_connection* before)
{
    body_fields fields(body);
    auto prefix = fields.parsed("prefix", model::key_prefix::parse);
    std::string bucket = fields.required_text("bucket_name");
    std::string endpoint = fields.required_text("endpoint");
    std::optional<std::string> access_key = fields.text("access_key");
    std::optional<std::string> secret_key = fields.text("secret_key");
    const std::optional<std::string> session_token = fields.text("session_token");
    if (before != nullptr && (!access_key || *access_key == shown_access_key(before->access_key)))
        access_key = before->access_key;
    if (before != nullptr && !secret_key)
        secret_key = before->secret_key.reveal();
    if (!access_key || access_key->empty())
        fields.fail("access_key", "is missing");
    if (!secret_key || secret_key->empty())
        fields.fail("secret_key", "is missing");
    const bool path_style = fields.flag("path_style").value_or(true);
    const std::string region = fields.text("region").value_or("us-east-1");
    std::optional<std::string> ca_file = fields.text("ca_file");
    if (!fields.ok())
        return fields.failure();
    bucket_connection read{.bucket = std::move(bucket),
        .endpoint = std::move(endpoint),
        .access_key = std::move(*access_key),
        .secret_key = secret(std::move(*secret_key)),
        .path_style = path_style,
        .prefix = std::move(*prefix),
        .region = region,
        .ca_file = std::move(ca_file)};
    if (session_token)
        read.session_token = secret(*session_token);
    else if (before != nullptr)
        read.session_token = before->session_token;
    return read;
}

// Fails with not_found.
result<named_bucket> find(const request_context& ctx, const services& app)
{
    const auto name = bucket_name::load(ctx.variable("bucket"));
    if (!name)
        return name.error();
    const auto& all = app.names.config().buckets;
    const auto place = all.find(*name);
    if (place == all.end())
        return error(errc::not_found, "there is no bucket connection " + name->str());
    return named_bucket(*place);
}

// If-Match, for when the change is made.
control::expectation<bucket_connection> unchanged(request_context ctx, bucket_name name)
{
    return [ctx, name](const bucket_connection& now) { return ctx.unchanged(to_json(name, now)); };
}

task<http::response> list_buckets(request_context ctx, services& app)
{
    const auto& all = app.names.config().buckets;
    auto part = page_of(ctx, std::vector<named_bucket>(all.begin(), all.end()),
        [](const named_bucket& one) { return one.first.str(); });
    if (!part)
        co_return ctx.problem(part.error());
    co_return list(ctx, *part, [](const named_bucket& one) { return to_json(one.first, one.second); });
}

task<http::response> create_bucket(request_context ctx, services& app)
{
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    const auto name = fields.parsed("name", bucket_name::parse);
    if (!name)
        co_return ctx.problem(fields.failure());
    result<bucket_connection> connection = read_connection(*body, nullptr);
    if (!connection)
        co_return ctx.problem(connection.error());
    auto saved = co_await control::save_bucket(app.names, *name, *connection, writing::create);
    if (!saved)
        co_return ctx.problem(saved.error());
    co_return ctx.created(location_of(*name), to_json(*name, *connection));
}

task<http::response> show_bucket(request_context ctx, services& app)
{
    const auto found = find(ctx, app);
    co_return found ? ctx.one(to_json(found->first, found->second)) : ctx.problem(found.error());
}

task<http::response> replace_bucket(request_context ctx, services& app)
{
    const auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    result<bucket_connection> connection = read_connection(*body, &found->second);
    if (!connection)
        co_return ctx.problem(connection.error());
    auto saved = co_await control::save_bucket(
        app.names, found->first, *connection, writing::replace, unchanged(ctx, found->first));
    co_return saved ? ctx.one(to_json(found->first, *connection)) : ctx.problem(saved.error());
}

task<http::response> delete_bucket(request_context ctx, services& app)
{
    const auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    auto removed = co_await control::remove_bucket(app.names, found->first, unchanged(ctx, found->first));
    co_return removed ? ctx.no_content() : ctx.problem(removed.error());
}

task<http::response> check_bucket(request_context ctx, services& app)
{
    const auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    auto at = app.names.location(found->first);
    if (!at)
        co_return ctx.problem(at.error());
    const control::store_check checked = co_await control::check_store(std::move(*at), app.time);
    co_return ctx.ok(to_json(checked));
}

} // namespace

void add_bucket_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/buckets", access::viewer, app, list_buckets);
    add(routes, http::verb::post, "/buckets", access::admin, app, create_bucket);
    add(routes, http::verb::get, "/buckets/{bucket}", access::viewer, app, show_bucket);
    add(routes, http::verb::put, "/buckets/{bucket}", access::admin, app, replace_bucket);
    add(routes, http::verb::delete_, "/buckets/{bucket}", access::admin, app, delete_bucket);
    add(routes, http::verb::post, "/buckets/{bucket}/check", access::operate, app, check_bucket);
}

} // namespace fleetman::api
