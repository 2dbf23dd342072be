#include "body_fields.hpp"
#include "endpoint.hpp"
#include "fleet_pages.hpp"
#include "fleet_wire.hpp"
#include "managed_cell.hpp"
#include "wire.hpp"

#include <fleetman/control/editing.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::known_cell;
using control::services;
using control::writing;
using model::cell_ref;

namespace {

using named_cell = std::pair<cell_ref, config::cell>;

// A cell that can be changed here.
result<named_cell> find(const request_context& ctx, services& app)
{
    const auto name = managed_cell(ctx, app);
    if (!name)
        return name.error();
    return named_cell(*app.names.config().cells.find(*name));
}

// If-Match, for when the change is made.
control::expectation<config::cell> unchanged(request_context ctx, cell_ref name)
{
    return [ctx, name](const config::cell& now) { return ctx.unchanged(editable(name, now)); };
}

// What of the cells a request asks for.
struct cell_filter
{
    std::optional<model::node_id> node;
    std::string manifest;
    std::string part;                     // of the name or the manifest's
    std::set<control::cell_state> states; // empty: any

    bool takes(const cell_ref& name, const known_cell& cell) const
    {
        const std::string& of = cell.seen.manifest.str();
        return (states.empty() || states.contains(cell.seen.verdict.state)) && (manifest.empty() || of == manifest) &&
               (part.empty() || name.str().find(part) != std::string::npos || of.find(part) != std::string::npos);
    }
};

result<cell_filter> filter_of(const request_context& ctx)
{
    cell_filter wanted{.node = {}, .manifest = ctx.parameter("manifest"), .part = ctx.parameter("q"), .states = {}};
    if (const std::string node = ctx.parameter("node"); !node.empty()) {
        auto name = model::node_id::load(node);
        if (!name)
            return name.error();
        wanted.node = *std::move(name);
    }
    if (const std::string list = ctx.parameter("state"); !list.empty())
        for (const std::string& one : split(list, ',')) {
            const auto state = control::parse_cell_state(trimmed(one));
            if (!state)
                return error(errc::invalid, "there is no cell state " + one);
            wanted.states.insert(*state);
        }
    return wanted;
}

result<page_text> cells_page(const request_context& ctx, const control::cell_table& cells)
{
    const auto wanted = filter_of(ctx);
    if (!wanted)
        return wanted.error();
    const result<std::size_t> limit = page_limit(ctx);
    if (!limit)
        return limit.error();
    auto from = wanted->node ? cells.all().lower_bound(*wanted->node) : cells.all().begin();
    if (const std::string after = ctx.parameter("after"); !after.empty()) {
        const auto name = cell_ref::load(after);
        if (!name)
            return name.error();
        if (from != cells.all().end() && from->first <= *name)
            from = cells.all().upper_bound(*name);
    }
    page_text page;
    for (auto one = from; one != cells.all().end(); ++one) {
        const auto& [name, cell] = *one;
        if (wanted->node && name.node != *wanted->node)
            break;
        if (wanted->takes(name, cell) && !page.take(*limit, name.str(), text_of(name, cell)))
            break;
    }
    return page;
}

task<http::response> list_cells(request_context ctx, services& app, std::shared_ptr<fleet_pages> pages)
{
    const control::cell_table& cells = std::as_const(app.fleet.now()).cells();
    co_return pages->answer(ctx, app, cells.revision(), [&] { return cells_page(ctx, cells); });
}

http::response shown(const request_context& ctx, services& app, const cell_ref& name)
{
    const known_cell* const cell = app.fleet.now().cells().find(name);
    if (cell == nullptr)
        return ctx.problem(error(errc::not_found, "there is no cell " + name.str()));
    const json::object body = to_json(name, *cell);
    return cell->configured ? ctx.one(body, editable(name, {cell->bucket, *cell->configured})) : ctx.one(body);
}

http::response created(const request_context& ctx, services& app, const cell_ref& name)
{
    const known_cell* const cell = app.fleet.now().cells().find(name);
    if (cell == nullptr) // archived by someone else at the same moment
        return ctx.problem(error(errc::not_found, "there is no cell " + name.str()));
    return ctx.created(
        "/api/v1/cells/" + url_segment(name.node.str()) + '/' + url_segment(name.cell.str()), to_json(name, *cell));
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
    co_await app.fleet.look_at(name);
    co_return created(ctx, app, name);
}

task<http::response> show_cell(request_context ctx, services& app)
{
    const auto name = ctx.cell();
    if (!name)
        co_return ctx.problem(name.error());
    co_return shown(ctx, app, *name);
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
    co_return shown(ctx, app, found->first);
}

task<http::response> adopt_cell(request_context ctx, services& app)
{
    const auto name = ctx.cell();
    if (!name)
        co_return ctx.problem(name.error());
    auto adopted = co_await app.cells.adopt(*name);
    co_return adopted ? created(ctx, app, *name) : ctx.problem(adopted.error());
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

task<http::response> show_preview(request_context ctx, services& app)
{
    const auto name = managed_cell(ctx, app);
    if (!name)
        co_return ctx.problem(name.error());
    const std::string text = ctx.parameter("version");
    if (text.empty())
        co_return ctx.problem(error(errc::invalid, "version is missing: the one to publish"));
    const auto version = model::version::load(text);
    if (!version)
        co_return ctx.problem(version.error());
    const known_cell* const known = app.fleet.now().cells().find(*name);
    std::optional<std::string> running = known != nullptr ? known->seen.running_version : std::nullopt;
    const auto seen = co_await control::preview_publish(app.names, *name, *version, std::move(running));
    if (!seen)
        co_return ctx.problem(seen.error());
    json::object body = to_json(*seen);
    body["cell"] = name->str();
    body["version"] = version->str();
    co_return ctx.one(body);
}

} // namespace

void add_cell_routes(http::router& routes, services& app)
{
    const std::string cell = "/cells/{node}/{cell}";
    add(routes, http::verb::get, "/cells", access::viewer, app, list_cells, std::make_shared<fleet_pages>());
    add(routes, http::verb::post, "/cells", access::operate, app, create_cell);
    add(routes, http::verb::get, cell, access::viewer, app, show_cell);
    add(routes, http::verb::patch, cell, access::operate, app, change_cell);
    add(routes, http::verb::delete_, cell, access::operate, app, archive_cell);
    add(routes, http::verb::get, cell + "/status", access::viewer, app, show_status);
    add(routes, http::verb::post, cell + "/adopt", access::operate, app, adopt_cell);
    add(routes, http::verb::get, cell + "/preview", access::viewer, app, show_preview);
}

} // namespace fleetman::api
