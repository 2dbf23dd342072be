#include "endpoint.hpp"

// Keys of single nodes to a bucket: a matter of whoever runs the store, which for the embedded one are we.

namespace fleetman::api {

using control::services;

namespace {

task<http::response> refuse(request_context ctx, services& app)
{
    const auto name = model::bucket_name::load(ctx.variable("bucket"));
    if (!name)
        co_return ctx.problem(name.error());
    if (!app.names.config().buckets.contains(*name))
        co_return ctx.problem(error(errc::not_found, "there is no bucket connection " + name->str()));
    co_return ctx.problem(error(errc::unsupported, "the embedded store has one access key, and other stores make keys "
                                                   "in their own ways: there are no node keys here"));
}

} // namespace

void add_node_key_routes(http::router& routes, services& app)
{
    const std::string keys = "/buckets/{bucket}/keys";
    add(routes, http::verb::get, keys, access::viewer, app, refuse);
    add(routes, http::verb::post, keys, access::admin, app, refuse);
    add(routes, http::verb::delete_, keys + "/{id}", access::admin, app, refuse);
}

} // namespace fleetman::api
