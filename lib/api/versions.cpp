#include "body_fields.hpp"
#include "endpoint.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/config/controller_config.hpp>

#include <map>
#include <string>
#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::manifest_place;
using control::services;
using control::version_summary;
using model::version;

namespace {

struct target
{
    manifest_place of;
    model::version version;
};

result<manifest_place> find_manifest(const request_context& ctx, services& app)
{
    const auto name = ctx.manifest();
    if (!name)
        return name.error();
    return app.names.manifest(*name);
}

result<target> find_version(const request_context& ctx, services& app)
{
    auto of = find_manifest(ctx, app);
    if (!of)
        return of.error();
    auto named = ctx.version();
    if (!named)
        return named.error();
    return target{std::move(*of), std::move(*named)};
}

std::string location_of(const target& one)
{
    return "/api/v1/manifests/" + url_segment(one.of.name.str()) + "/versions/" + url_segment(one.version.str());
}

// The cells whose agents report a version of the manifest, by version: one look at the fleet for a whole list.
using running_cells = std::map<std::string, json::array>;

running_cells cells_running(services& app, const model::manifest_name& manifest)
{
    running_cells found;
    for (const auto& [node, agent] : app.fleet.now().agents().all())
        for (const model::cell_report& cell : agent.report().cells)
            if (cell.manifest == manifest && cell.version)
                found[*cell.version].push_back(json::string(node.str() + '/' + cell.cell.str()));
    return found;
}

task<http::response> answer_with(request_context ctx, services& app, target one, http::status code)
{
    auto detail = co_await app.versions.describe(one.of, one.version);
    if (!detail)
        co_return ctx.problem(detail.error());
    const json::object stable = to_json(*detail);
    json::object body = stable;
    body["manifest"] = one.of.name.str();
    body["cells"] = std::move(cells_running(app, one.of.name)[one.version.str()]);
    if (code == http::status::created)
        co_return ctx.created(location_of(one), body);
    co_return ctx.one(body, stable);
}

task<http::response> list_versions(request_context ctx, services& app)
{
    auto of = find_manifest(ctx, app);
    if (!of)
        co_return ctx.problem(of.error());
    auto all = co_await app.versions.list(*of);
    if (!all)
        co_return ctx.problem(all.error());
    const auto name = [](const version_summary& one) { return one.version.str(); };
    const auto comes_after = [](const version_summary& one, const std::string& after) {
        const auto last = version::load(after);
        return last && one.version < *last;
    };
    auto part = page_of(ctx, std::move(*all), name, comes_after);
    if (!part)
        co_return ctx.problem(part.error());
    running_cells running = cells_running(app, of->name);
    co_return list(ctx, *part, [&running](const version_summary& one) {
        json::object body = to_json(one);
        body["cells"] = std::move(running[one.version.str()]);
        return body;
    });
}

task<http::response> create_version(request_context ctx, services& app)
{
    auto of = find_manifest(ctx, app);
    if (!of)
        co_return ctx.problem(of.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    auto named = fields.parsed("version", version::parse);
    std::optional<version> clone_from;
    if (!fields.is_null("clone_from"))
        clone_from = fields.parsed("clone_from", version::load);
    if (!fields.ok())
        co_return ctx.problem(fields.failure());
    auto created = co_await app.versions.create(*of, *named, clone_from);
    if (!created)
        co_return ctx.problem(created.error());
    co_return co_await answer_with(ctx, app, {std::move(*of), std::move(*named)}, http::status::created);
}

task<http::response> show_version(request_context ctx, services& app)
{
    auto one = find_version(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    co_return co_await answer_with(ctx, app, std::move(*one), http::status::ok);
}

task<http::response> finalize_version(request_context ctx, services& app)
{
    auto one = find_version(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    auto limits = app.names.limits_of(one->of.content);
    if (!limits)
        co_return ctx.problem(limits.error());
    auto sealed = co_await app.versions.finalize(
        one->of, one->version, config::known_names(app.names.config()), std::move(*limits));
    if (!sealed)
        co_return ctx.problem(sealed.error());
    co_return co_await answer_with(ctx, app, std::move(*one), http::status::ok);
}

task<http::response> recycle_version(request_context ctx, services& app)
{
    auto one = find_version(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    control::versions::expectation expected;
    if (!ctx.request().header(http::field::if_match).empty())
        expected = [ctx](const control::version_detail& now) { return ctx.unchanged(to_json(now)); };
    auto recycled = co_await app.versions.recycle(std::move(one->of), std::move(one->version), std::move(expected));
    co_return recycled ? ctx.no_content() : ctx.problem(recycled.error());
}

} // namespace

void add_version_routes(http::router& routes, services& app)
{
    const std::string all = "/manifests/{manifest}/versions";
    add(routes, http::verb::get, all, access::viewer, app, list_versions);
    add(routes, http::verb::post, all, access::operate, app, create_version);
    add(routes, http::verb::get, all + "/{version}", access::viewer, app, show_version);
    add(routes, http::verb::delete_, all + "/{version}", access::operate, app, recycle_version);
    add(routes, http::verb::post, all + "/{version}/finalize", access::operate, app, finalize_version);
}

} // namespace fleetman::api
