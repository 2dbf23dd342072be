#include "body_fields.hpp"
#include "endpoint.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/control/editing.hpp>

#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::services;
using control::writing;
using model::manifest;
using model::manifest_name;

namespace {

using named_manifest = std::pair<manifest_name, manifest>;

result<named_manifest> find(const request_context& ctx, const services& app)
{
    const auto name = ctx.manifest();
    if (!name)
        return name.error();
    const auto& all = app.names.config().manifests;
    const auto place = all.find(*name);
    if (place == all.end())
        return error(errc::not_found, "there is no manifest " + name->str());
    return named_manifest(*place);
}

// If-Match, for when the change is made.
control::expectation<manifest> unchanged(request_context ctx, manifest_name name)
{
    return [ctx, name](const manifest& now) { return ctx.unchanged(to_json(name, now)); };
}

// With the cells that a change of it will reach.
json::object described(const named_manifest& one, const services& app)
{
    json::object body = to_json(one.first, one.second);
    json::array cells;
    for (const model::cell_ref& cell : app.publishing.cells_of(one.first))
        cells.push_back(json::string(cell.str()));
    body["cells"] = std::move(cells);
    return body;
}

task<http::response> list_manifests(request_context ctx, services& app)
{
    const auto& all = app.names.config().manifests;
    auto part = page_of(ctx, std::vector<named_manifest>(all.begin(), all.end()),
        [](const named_manifest& one) { return one.first.str(); });
    if (!part)
        co_return ctx.problem(part.error());
    co_return list(ctx, *part, [&app](const named_manifest& one) { return described(one, app); });
}

task<http::response> create_manifest(request_context ctx, services& app)
{
    const auto what = wanted_effect(ctx);
    if (!what)
        co_return ctx.problem(what.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    const auto name = fields.parsed("name", manifest_name::parse);
    if (!name)
        co_return ctx.problem(fields.failure());
    result<manifest> value = model::parse_manifest(*body);
    if (!value)
        co_return ctx.problem(value.error());
    auto saved = co_await control::save_manifest(app.names, *name, *value, writing::create, {}, *what);
    if (!saved)
        co_return ctx.problem(saved.error());
    const json::object made = described({*name, *value}, app);
    if (*what == control::effect::rehearsed)
        co_return ctx.ok(made);
    co_return ctx.created("/api/v1/manifests/" + url_segment(name->str()), made);
}

task<http::response> show_manifest(request_context ctx, services& app)
{
    const auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    co_return ctx.one(described(*found, app), to_json(found->first, found->second));
}

task<http::response> replace_manifest(request_context ctx, services& app)
{
    const auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    const auto what = wanted_effect(ctx);
    if (!what)
        co_return ctx.problem(what.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    result<manifest> value = model::parse_manifest(*body);
    if (!value)
        co_return ctx.problem(value.error());
    auto saved = co_await control::save_manifest(
        app.names, found->first, *value, writing::replace, unchanged(ctx, found->first), *what);
    if (!saved)
        co_return ctx.problem(saved.error());
    co_return ctx.one(described({found->first, *value}, app), to_json(found->first, *value));
}

task<http::response> delete_manifest(request_context ctx, services& app)
{
    const auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    auto removed = co_await control::remove_manifest(app.names, found->first, unchanged(ctx, found->first));
    co_return removed ? ctx.no_content() : ctx.problem(removed.error());
}

} // namespace

void add_manifest_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/manifests", access::viewer, app, list_manifests);
    add(routes, http::verb::post, "/manifests", access::admin, app, create_manifest);
    add(routes, http::verb::get, "/manifests/{manifest}", access::viewer, app, show_manifest);
    add(routes, http::verb::put, "/manifests/{manifest}", access::admin, app, replace_manifest);
    add(routes, http::verb::delete_, "/manifests/{manifest}", access::admin, app, delete_manifest);
}

} // namespace fleetman::api
