#include "endpoint.hpp"
#include "operation_answer.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::recycled_item;
using control::services;

namespace {

// By the moment, so that a page goes on when its last item is gone.
std::string place_of(const recycled_item& one)
{
    return rfc3339_millis(one.deleted) + '/' + one.id;
}

json::object shown(const recycled_item& one)
{
    json::object body = to_json(one);
    body["etag"] = edit_tag(body);
    return body;
}

// If-Match, for when the change is made.
control::expectation<recycled_item> unchanged(request_context ctx)
{
    return [ctx](const recycled_item& now) { return ctx.unchanged(to_json(now)); };
}

task<http::response> list_recycled(request_context ctx, services& app)
{
    auto all = co_await app.bin.list();
    if (!all)
        co_return ctx.problem(all.error());
    std::ranges::sort(*all, std::greater<>(), place_of);
    const auto comes_after = [](const recycled_item& one, const std::string& after) { return place_of(one) < after; };
    auto part = page_of(ctx, std::move(*all), place_of, comes_after);
    if (!part)
        co_return ctx.problem(part.error());
    co_return list(ctx, *part, shown);
}

task<http::response> restore(request_context ctx, services& app)
{
    auto restored = co_await app.bin.restore(ctx.variable("id"), unchanged(ctx));
    if (!restored)
        co_return ctx.problem(restored.error());
    if (restored->cell)
        co_await app.fleet.look_at(*restored->cell);
    co_return ctx.ok(to_json(*restored));
}

task<http::response> remove(request_context ctx, services& app)
{
    auto removed = co_await app.bin.remove(ctx.variable("id"), unchanged(ctx));
    co_return removed ? ctx.no_content() : ctx.problem(removed.error());
}

task<http::response> clear(request_context ctx, services& app)
{
    if (const auto wait = ctx.wait(); !wait)
        co_return ctx.problem(wait.error());
    auto started = co_await app.bin.clear(ctx.actor());
    if (!started)
        co_return ctx.problem(started.error());
    co_return co_await answer_with(ctx, app, std::move(*started));
}

} // namespace

void add_recycle_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/recycle", access::viewer, app, list_recycled);
    add(routes, http::verb::delete_, "/recycle", access::admin, app, clear);
    add(routes, http::verb::delete_, "/recycle/{id}", access::admin, app, remove);
    add(routes, http::verb::post, "/recycle/{id}/restore", access::operate, app, restore);
}

} // namespace fleetman::api
