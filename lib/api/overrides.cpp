#include "body_fields.hpp"
#include "endpoint.hpp"
#include "file_answer.hpp"
#include "managed_cell.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>

#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::override_file;
using control::services;

namespace {

struct target
{
    model::cell_ref cell;
    model::file_path path;
};

result<target> find(const request_context& ctx, services& app)
{
    auto cell = managed_cell(ctx, app);
    if (!cell)
        return cell.error();
    auto path = ctx.path();
    if (!path)
        return path.error();
    return target{std::move(*cell), std::move(*path)};
}

task<http::response> list_overrides(request_context ctx, services& app)
{
    const auto cell = managed_cell(ctx, app);
    if (!cell)
        co_return ctx.problem(cell.error());
    auto all = co_await app.overrides.list(*cell);
    if (!all)
        co_return ctx.problem(all.error());
    auto part = page_of(ctx, std::move(*all), [](const override_file& one) { return one.path.str(); });
    if (!part)
        co_return ctx.problem(part.error());
    co_return list(ctx, *part, [](const override_file& one) { return to_json(one); });
}

task<http::response> send_override(request_context ctx, services& app)
{
    const auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    auto place = app.names.cell(one->cell);
    if (!place)
        co_return ctx.problem(place.error());
    const auto file = co_await app.overrides.describe(one->cell, one->path);
    if (!file)
        co_return ctx.problem(file.error());
    const storage::object_info info{
        place->at.keys.override_file(one->cell, one->path), file->etag, file->size, file->modified};
    co_return send_object(ctx, app, {place->at.store, info, file->tag()});
}

task<http::response> put_override(request_context ctx, services& app)
{
    const auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    const result<upload> sent = co_await receive_upload(ctx, app);
    if (!sent)
        co_return ctx.problem(sent.error());
    const auto stored = co_await app.overrides.put(one->cell, one->path, *sent->body, sent->length, expected_etag(ctx));
    if (!stored)
        co_return ctx.problem(stored.error());
    co_return ctx.ok(to_json(control::stored_file{stored->tag(), stored->size}, one->path))
        .set(http::field::etag, '"' + stored->tag() + '"');
}

result<control::rights_change> read_rights(const json::object& body)
{
    body_fields fields(body);
    control::rights_change change{.owner = fields.text("owner"), .group = fields.text("group")};
    if (!fields.is_null("file_type"))
        change.type = fields.parsed("file_type", model::parse_file_type);
    if (!fields.is_null("mode"))
        change.mode = fields.parsed("mode", model::parse_mode);
    if (!fields.ok())
        return fields.failure();
    return change;
}

task<http::response> change_rights(request_context ctx, services& app)
{
    const auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    const result<control::rights_change> change = read_rights(*body);
    if (!change)
        co_return ctx.problem(change.error());
    auto changed = co_await app.overrides.change_rights(one->cell, one->path, *change, expected_etag(ctx));
    if (!changed)
        co_return ctx.problem(changed.error());
    co_return ctx.ok(to_json(*changed)).set(http::field::etag, '"' + changed->tag() + '"');
}

task<http::response> delete_override(request_context ctx, services& app)
{
    const auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    auto removed = co_await app.overrides.remove(one->cell, one->path, expected_etag(ctx));
    co_return removed ? ctx.no_content() : ctx.problem(removed.error());
}

} // namespace

void add_override_routes(http::router& routes, services& app)
{
    const std::string all = "/cells/{node}/{cell}/overrides";
    add(routes, http::verb::get, all, access::viewer, app, list_overrides);
    add(routes, http::verb::get, all + "/{path...}", access::viewer, app, send_override);
    add(routes, http::verb::put, all + "/{path...}", access::operate, app, put_override);
    add(routes, http::verb::patch, all + "/{path...}", access::operate, app, change_rights);
    add(routes, http::verb::delete_, all + "/{path...}", access::operate, app, delete_override);
}

} // namespace fleetman::api
