#include "body_fields.hpp"
#include "endpoint.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/control/node_keys.hpp>
#include <fleetman/core/timestamp.hpp>

#include <boost/json/array.hpp>

#include <utility>

// Keys of single nodes to a bucket of the embedded store.

namespace fleetman::api {

namespace json = boost::json;
using control::node_key;
using control::services;

namespace {

json::object to_json(const node_key& value)
{
    json::array rights;
    for (const std::string& one : value.rights)
        rights.emplace_back(one);
    return {{"id", value.id}, {"node", value.node.str()}, {"rights", std::move(rights)},
        {"created_at", rfc3339_millis(value.created)}};
}

result<model::bucket_name> connection_of(const request_context& ctx)
{
    return model::bucket_name::load(ctx.variable("bucket"));
}

task<http::response> list_keys(request_context ctx, services& app)
{
    auto connection = connection_of(ctx);
    if (!connection)
        co_return ctx.problem(connection.error());
    auto all = co_await app.node_keys.list(std::move(*connection));
    if (!all)
        co_return ctx.problem(all.error());
    auto part = page_of(ctx, std::move(*all), [](const node_key& one) { return one.id; });
    if (!part)
        co_return ctx.problem(part.error());
    co_return list(ctx, *part, [](const node_key& one) { return to_json(one); });
}

task<http::response> make_key(request_context ctx, services& app)
{
    auto connection = connection_of(ctx);
    if (!connection)
        co_return ctx.problem(connection.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    auto node = fields.parsed("node", model::node_id::parse);
    if (!fields.ok())
        co_return ctx.problem(fields.failure());
    const std::string place = "/api/v1/buckets/" + url_segment(connection->str()) + "/keys/";
    auto made = co_await app.node_keys.make(std::move(*connection), std::move(*node));
    if (!made)
        co_return ctx.problem(made.error());
    json::object shown = to_json(made->key);
    shown["secret_key"] = made->secret_key.reveal();
    co_return ctx.created(place + url_segment(made->key.id), shown);
}

task<http::response> revoke_key(request_context ctx, services& app)
{
    auto connection = connection_of(ctx);
    if (!connection)
        co_return ctx.problem(connection.error());
    auto revoked = co_await app.node_keys.revoke(std::move(*connection), ctx.variable("id"));
    co_return revoked ? ctx.no_content() : ctx.problem(revoked.error());
}

} // namespace

void add_node_key_routes(http::router& routes, services& app)
{
    const std::string keys = "/buckets/{bucket}/keys";
    add(routes, http::verb::get, keys, access::viewer, app, list_keys);
    add(routes, http::verb::post, keys, access::admin, app, make_key);
    add(routes, http::verb::delete_, keys + "/{id}", access::admin, app, revoke_key);
}

} // namespace fleetman::api
