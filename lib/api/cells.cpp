#include "body_fields.hpp"
#include "endpoint.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/control/editing.hpp>

#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::observed_cell;
using control::services;
using control::writing;
using model::cell_ref;

namespace {

using named_cell = std::pair<cell_ref, config::cell>;

result<named_cell> find(const request_context& ctx, const services& app)
{
    const auto name = ctx.cell();
    if (!name)
        return name.error();
    const auto& all = app.names.config().cells;
    const auto place = all.find(*name);
    if (place == all.end())
        return error(errc::not_found, "there is no cell " + name->str());
    return named_cell(*place);
}

// If-Match, for when the change is made.
control::expectation<config::cell> unchanged(request_context ctx, cell_ref name)
{
    return [ctx, name](const config::cell& now) { return ctx.unchanged(editable(name, now)); };
}

// By node, manifest and a part of the name: what the configuration knows.
std::vector<named_cell> selected(const request_context& ctx, const services& app)
{
    const std::string node = ctx.parameter("node");
    const std::string manifest = ctx.parameter("manifest");
    const std::string part = ctx.parameter("q");
    std::vector<named_cell> some;
    for (const auto& [name, cell] : app.names.config().cells) {
        const bool wanted = (node.empty() || name.node.str() == node) &&
                            (manifest.empty() || cell.manifest.str() == manifest) &&
                            (part.empty() || name.str().find(part) != std::string::npos ||
                                cell.manifest.str().find(part) != std::string::npos);
        if (wanted)
            some.emplace_back(name, cell);
    }
    return some;
}

std::string name_of(const observed_cell& one)
{
    return one.cell.str();
}

// A state is known only after looking at the cell, so filtering by it looks at all of them.
task<http::response> list_cells_in(request_context ctx, services& app, control::cell_state state)
{
    std::vector<observed_cell> seen = co_await app.cells.observe_all(selected(ctx, app));
    std::erase_if(seen, [state](const observed_cell& one) { return one.verdict.state != state; });
    auto part = page_of(ctx, std::move(seen), name_of);
    if (!part)
        co_return ctx.problem(part.error());
    co_return list(ctx, *part, [](const observed_cell& one) { return to_json(one); });
}

task<http::response> list_cells(request_context ctx, services& app)
{
    if (const std::string wanted = ctx.parameter("state"); !wanted.empty()) {
        const auto state = control::parse_cell_state(wanted);
        if (!state)
            co_return ctx.problem(error(errc::invalid, "there is no cell state " + wanted));
        co_return co_await list_cells_in(ctx, app, *state);
    }
    const auto name = [](const named_cell& one) { return one.first.str(); };
    auto part = page_of(ctx, selected(ctx, app), name);
    if (!part)
        co_return ctx.problem(part.error());
    page<observed_cell> seen{co_await app.cells.observe_all(std::move(part->items)), part->next};
    co_return list(ctx, seen, [](const observed_cell& one) { return to_json(one); });
}

task<http::response> create_cell(request_context ctx, services& app)
{
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    auto node = fields.parsed("node_id", model::node_id::parse);
    auto cell = fields.parsed("cell_id", model::cell_id::parse);
    auto bucket = fields.parsed("bucket", model::bucket_name::load);
    auto manifest = fields.parsed("manifest", model::manifest_name::load);
    if (!fields.ok())
        co_return ctx.problem(fields.failure());
    const cell_ref name{std::move(*node), std::move(*cell)};
    const config::cell value{std::move(*bucket), std::move(*manifest)};
    auto saved = co_await control::save_cell(app.names, name, value, writing::create);
    if (!saved)
        co_return ctx.problem(saved.error());
    const observed_cell seen = co_await app.cells.observe(name, value);
    co_return ctx.created(
        "/api/v1/cells/" + url_segment(name.node.str()) + '/' + url_segment(name.cell.str()), to_json(seen));
}

task<http::response> answer_with(request_context ctx, services& app, named_cell one)
{
    const observed_cell seen = co_await app.cells.observe(one.first, one.second);
    co_return ctx.one(to_json(seen), editable(one.first, one.second));
}

task<http::response> show_cell(request_context ctx, services& app)
{
    auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    co_return co_await answer_with(ctx, app, std::move(*found));
}

task<http::response> change_cell(request_context ctx, services& app)
{
    auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    const auto manifest = fields.parsed("manifest", model::manifest_name::load);
    for (const char* const fixed : {"node_id", "cell_id", "bucket"})
        if (!fields.is_null(fixed))
            fields.fail(fixed, "cannot be changed; make another cell");
    if (!fields.ok())
        co_return ctx.problem(fields.failure());
    found->second.manifest = *manifest;
    auto saved = co_await control::save_cell(
        app.names, found->first, found->second, writing::replace, unchanged(ctx, found->first));
    if (!saved)
        co_return ctx.problem(saved.error());
    co_return co_await answer_with(ctx, app, std::move(*found));
}

task<http::response> archive_cell(request_context ctx, services& app)
{
    auto found = find(ctx, app);
    if (!found)
        co_return ctx.problem(found.error());
    auto archived = co_await app.cells.archive(found->first, unchanged(ctx, found->first));
    co_return archived ? ctx.no_content() : ctx.problem(archived.error());
}

task<http::response> show_status(request_context ctx, services& app)
{
    const auto name = ctx.cell();
    if (!name)
        co_return ctx.problem(name.error());
    auto status = co_await app.cells.status(*name);
    co_return status ? ctx.one(to_json(status->value)) : ctx.problem(status.error());
}

} // namespace

void add_cell_routes(http::router& routes, services& app)
{
    const std::string cell = "/cells/{node}/{cell}";
    add(routes, http::verb::get, "/cells", access::viewer, app, list_cells);
    add(routes, http::verb::post, "/cells", access::operate, app, create_cell);
    add(routes, http::verb::get, cell, access::viewer, app, show_cell);
    add(routes, http::verb::patch, cell, access::operate, app, change_cell);
    add(routes, http::verb::delete_, cell, access::operate, app, archive_cell);
    add(routes, http::verb::get, cell + "/status", access::viewer, app, show_status);
}

} // namespace fleetman::api
