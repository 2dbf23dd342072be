#include "body_fields.hpp"
#include "endpoint.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/control/editing.hpp>

#include <limits>
#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::services;
using control::writing;
using model::profile_name;
using model::resource_profile;

namespace {

using named_profile = std::pair<profile_name, resource_profile>;

result<resource_profile> read_profile(const json::object& body)
{
    body_fields fields(body);
    resource_profile read;
    read.cpu = fields.text("cpu");
    read.memory = fields.text("memory");
    read.memory_swap = fields.text("memory_swap").value_or("0b");
    if (read.memory_swap.empty())
        read.memory_swap = "0b";
    const std::uint64_t weight = fields.number("io_weight").value_or(read.io_weight);
    if (weight > std::numeric_limits<std::uint32_t>::max())
        fields.fail("io_weight", "must be 1 to 10000");
    else
        read.io_weight = static_cast<std::uint32_t>(weight);
    if (!fields.ok())
        return fields.failure();
    return read;
}

result<named_profile> find(const request_context& ctx, const services& app)
{
    const auto name = profile_name::load(ctx.variable("name"));
    if (!name)
        return name.error();
    const auto& all = app.names.config().resource_profiles;
    const auto place = all.find(*name);
    if (place == all.end())
        return error(errc::not_found, "there is no resource profile " + name->str());
    return named_profile(*place);
}

// If-Match, for when the change is made.
control::expectation<resource_profile> unchanged(request_context ctx, profile_name name)
{
    return [ctx, name](const resource_profile& now) { return ctx.unchanged(to_json(name, now)); };
}

// With the manifests that use it, and their cells: what gets the limits with the next version that is finalized.
json::object described(const named_profile& one, const services& app)
{
    json::object body = to_json(one.first, one.second);
    json::array manifests;
    json::array cells;
    for (const auto& [name, manifest] : app.names.config().manifests) {
        if (manifest.resource_profile != one.first.str())
            continue;
        manifests.push_back(json::string(name.str()));
        for (const model::cell_ref& cell : app.publishing.cells_of(name))
            cells.push_back(json::string(cell.str()));
    }
    body["manifests"] = std::move(manifests);
    body["cells"] = std::move(cells);
    return body;
}

task<http::response> list_profiles(request_context ctx, services& app)
{
    const auto& all = app.names.config().resource_profiles;
    auto part = page_of(ctx, std::vector<named_profile>(all.begin(), all.end()),
        [](const named_profile& one) { return one.first.str(); });
    if (!part)
        co_return ctx.problem(part.error());
    co_return list(ctx, *part, [&app](const named_profile& one) { return described(one, app); });
}

task<http::response> create_profile(request_context ctx, services& app)
{
    const auto what = wanted_effect(ctx);
    if (!what)
        co_return ctx.problem(what.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    const auto name = fields.parsed("name", profile_name::parse);
    if (!name)
        co_return ctx.problem(fields.failure());
    result<resource_profile> profile = read_profile(*body);
    if (!profile)
        co_return ctx.problem(profile.error());
    auto saved = co_await control::save_resource_profile(app.names, *name, *profile, writing::create, {}, *what);
    if (!saved)
        co_return ctx.problem(saved.error());
    const json::object made = described({*name, *profile}, app);
    if (*what == control::effect::rehearsed)
        co_return ctx.ok(made);
    co_return ctx.created("/api/v1/resource-profiles/" + url_segment(name->str()), made);
}

task<http::response> show_profile(request_context ctx, services& app)
{
    const auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    co_return ctx.one(described(*found, app), to_json(found->first, found->second));
}

task<http::response> replace_profile(request_context ctx, services& app)
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
    result<resource_profile> profile = read_profile(*body);
    if (!profile)
        co_return ctx.problem(profile.error());
    auto saved = co_await control::save_resource_profile(
        app.names, found->first, *profile, writing::replace, unchanged(ctx, found->first), *what);
    if (!saved)
        co_return ctx.problem(saved.error());
    co_return ctx.one(described({found->first, *profile}, app), to_json(found->first, *profile));
}

task<http::response> delete_profile(request_context ctx, services& app)
{
    const auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    auto removed = co_await control::remove_resource_profile(app.names, found->first, unchanged(ctx, found->first));
    co_return removed ? ctx.no_content() : ctx.problem(removed.error());
}

} // namespace

void add_resource_profile_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/resource-profiles", access::viewer, app, list_profiles);
    add(routes, http::verb::post, "/resource-profiles", access::admin, app, create_profile);
    add(routes, http::verb::get, "/resource-profiles/{name}", access::viewer, app, show_profile);
    add(routes, http::verb::put, "/resource-profiles/{name}", access::admin, app, replace_profile);
    add(routes, http::verb::delete_, "/resource-profiles/{name}", access::admin, app, delete_profile);
}

} // namespace fleetman::api
