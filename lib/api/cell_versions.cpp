#include "endpoint.hpp"
#include "file_answer.hpp"
#include "managed_cell.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>

#include <utility>

namespace fleetman::api {

using control::cell_place;
using control::services;

namespace {

struct target
{
    cell_place of;
    model::version version;
};

result<target> find(const request_context& ctx, services& app)
{
    const auto name = ctx.cell();
    if (!name)
        return name.error();
    auto of = app.cells.place(*name);
    if (!of)
        return of.error();
    auto version = ctx.version();
    if (!version)
        return version.error();
    return target{std::move(*of), std::move(*version)};
}

task<http::response> list_versions(request_context ctx, services& app)
{
    const auto name = ctx.cell();
    if (!name)
        co_return ctx.problem(name.error());
    auto all = co_await app.cells.versions(*name);
    if (!all)
        co_return ctx.problem(all.error());
    const auto version_of = [](const control::cell_version& one) { return one.version.str(); };
    const auto comes_after = [](const control::cell_version& one, const std::string& after) {
        const auto last = model::version::load(after);
        return last && one.version < *last;
    };
    auto part = page_of(ctx, std::move(*all), version_of, comes_after);
    if (!part)
        co_return ctx.problem(part.error());
    co_return list(ctx, *part, [](const control::cell_version& one) { return to_json(one); });
}

task<http::response> show_version(request_context ctx, services& app)
{
    auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    auto seen = co_await control::describe_snapshot(std::move(one->of), std::move(one->version));
    co_return seen ? ctx.one(to_json(*seen)) : ctx.problem(seen.error());
}

task<http::response> send_file(request_context ctx, services& app)
{
    auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    const auto path = ctx.path();
    if (!path)
        co_return ctx.problem(path.error());
    auto info = co_await control::snapshot_file_info(one->of, one->version, *path);
    co_return info ? send_object(ctx, app, {one->of.at.store, *info, ""}) : ctx.problem(info.error());
}

task<http::response> delete_version(request_context ctx, services& app)
{
    if (const auto managed = managed_cell(ctx, app); !managed)
        co_return ctx.problem(managed.error());
    auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    const auto force = ctx.flag("force");
    if (!force)
        co_return ctx.problem(force.error());
    control::cells::version_expectation expected;
    if (!ctx.request().header(http::field::if_match).empty())
        expected = [ctx](const control::cell_snapshot& now) { return ctx.unchanged(to_json(now)); };
    auto deleted = co_await app.cells.delete_version(one->of.cell, one->version, *force, std::move(expected));
    co_return deleted ? ctx.no_content() : ctx.problem(deleted.error());
}

} // namespace

void add_cell_version_routes(http::router& routes, services& app)
{
    const std::string all = "/cells/{node}/{cell}/versions";
    add(routes, http::verb::get, all, access::viewer, app, list_versions);
    add(routes, http::verb::get, all + "/{version}", access::viewer, app, show_version);
    add(routes, http::verb::delete_, all + "/{version}", access::operate, app, delete_version);
    add(routes, http::verb::get, all + "/{version}/files/{path...}", access::viewer, app, send_file);
}

} // namespace fleetman::api
