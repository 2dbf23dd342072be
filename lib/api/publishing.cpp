#include "body_fields.hpp"
#include "endpoint.hpp"
#include "managed_cell.hpp"
#include "operation_answer.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>

#include <set>
#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::operation;
using control::services;
using model::cell_ref;

namespace {

task<http::response> publish_cell(request_context ctx, services& app)
{
    const auto cell = managed_cell(ctx, app);
    if (!cell)
        co_return ctx.problem(cell.error());
    if (const auto wait = ctx.wait(); !wait)
        co_return ctx.problem(wait.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    const auto version = fields.parsed("version", model::version::load);
    if (!version)
        co_return ctx.problem(fields.failure());
    auto started = co_await app.publishing.start(*cell, {.version = *version, .who = ctx.actor()});
    if (!started)
        co_return ctx.problem(started.error());
    co_return co_await answer_with(ctx, app, std::move(*started));
}

struct wanted_cells
{
    std::vector<cell_ref> cells;
    bool stop_on_error = false;
};

// `{"cells": ["node/cell", …]}` or `{"all": true}`, and `"stop_on_error"`.
result<wanted_cells> read_wanted(const json::object& body, std::vector<cell_ref> all)
{
    body_fields fields(body);
    const bool stop_on_error = fields.flag("stop_on_error").value_or(false);
    const bool every = fields.flag("all").value_or(false);
    const auto named = fields.texts("cells");
    if (every == named.has_value())
        fields.fail("cells", "give either a list of cells or \"all\": true");
    std::vector<cell_ref> cells = every ? std::move(all) : std::vector<cell_ref>();
    std::set<cell_ref> seen;
    for (std::size_t i = 0; named && i < named->size(); ++i) {
        auto cell = cell_ref::load((*named)[i]);
        if (!cell)
            fields.fail("cells[" + std::to_string(i) + ']', cell.error().message());
        else if (seen.insert(*cell).second)
            cells.push_back(std::move(*cell));
    }
    if (!fields.ok())
        return fields.failure();
    return wanted_cells{std::move(cells), stop_on_error};
}

task<http::response> publish_version(request_context ctx, services& app)
{
    const auto manifest = ctx.manifest();
    if (!manifest)
        co_return ctx.problem(manifest.error());
    const auto version = ctx.version();
    if (!version)
        co_return ctx.problem(version.error());
    if (const auto wait = ctx.wait(); !wait)
        co_return ctx.problem(wait.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    auto wanted = read_wanted(*body, app.publishing.cells_of(*manifest));
    if (!wanted)
        co_return ctx.problem(wanted.error());
    auto started = co_await app.publishing.start(*manifest,
        {.version = *version, .who = ctx.actor(), .stop_on_error = wanted->stop_on_error}, std::move(wanted->cells));
    if (!started)
        co_return ctx.problem(started.error());
    co_return co_await answer_with(ctx, app, std::move(*started));
}

task<http::response> list_operations(request_context ctx, services& app)
{
    const result<std::size_t> limit = page_limit(ctx);
    if (!limit)
        co_return ctx.problem(limit.error());
    json::array items;
    json::value next;
    const auto take = [&items, &next, most = *limit](const operation& one) {
        if (items.size() == most)
            next = items.back().at("id");
        else
            items.push_back(to_json(one));
        return next.is_null();
    };
    app.operations.each(take, ctx.parameter("after"));
    co_return ctx.ok(json::object{
        {"items", std::move(items)}, {"next", std::move(next)}, {"event", app.events.id_of(app.events.last())}});
}

// What cancelling depends on; the rest of an operation goes on by itself.
json::object editable(const operation& one)
{
    return {{"id", one.id}, {"state", to_string(one.state)}};
}

task<http::response> show_operation(request_context ctx, services& app)
{
    const auto wait = ctx.wait();
    if (!wait)
        co_return ctx.problem(wait.error());
    auto found =
        *wait ? co_await app.operations.wait(ctx.variable("id"), **wait) : app.operations.find(ctx.variable("id"));
    co_return found ? ctx.one(to_json(*found), editable(*found)) : ctx.problem(found.error());
}

task<http::response> cancel_operation(request_context ctx, services& app)
{
    const auto now = app.operations.find(ctx.variable("id"));
    if (!now)
        co_return ctx.problem(now.error());
    if (const auto same = ctx.unchanged(editable(*now)); !same)
        co_return ctx.problem(same.error());
    auto cancelled = co_await app.operations.cancel(ctx.variable("id"));
    co_return cancelled ? ctx.ok(to_json(*cancelled)) : ctx.problem(cancelled.error());
}

} // namespace

void add_publish_routes(http::router& routes, services& app)
{
    add(routes, http::verb::post, "/cells/{node}/{cell}/publish", access::operate, app, publish_cell);
    add(routes, http::verb::post, "/manifests/{manifest}/versions/{version}/publish", access::operate, app,
        publish_version);
    add(routes, http::verb::get, "/operations", access::viewer, app, list_operations);
    add(routes, http::verb::get, "/operations/{id}", access::viewer, app, show_operation);
    add(routes, http::verb::delete_, "/operations/{id}", access::operate, app, cancel_operation);
}

} // namespace fleetman::api
