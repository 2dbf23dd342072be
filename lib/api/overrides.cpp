#include "body_fields.hpp"
#include "endpoint.hpp"
#include "file_answer.hpp"
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

result<target> find(const request_context& ctx)
{
    auto cell = ctx.cell();
    if (!cell)
        return cell.error();
    auto path = ctx.path();
    if (!path)
        return path.error();
    return target{std::move(*cell), std::move(*path)};
}

task<http::response> list_overrides(request_context ctx, services& app)
{
    const auto cell = ctx.cell();
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
    const auto one = find(ctx);
    if (!one)
        co_return ctx.problem(one.error());
    auto place = app.names.cell(one->cell);
    if (!place)
        co_return ctx.problem(place.error());
    auto info = co_await place->at.store->head(place->at.keys.override_file(one->cell, one->path));
    if (!info && info.error().code() == errc::not_found)
        co_return ctx.problem(error(errc::not_found, one->cell.str() + " has no override " + one->path.str()));
    co_return info ? send_object(ctx, app, place->at.store, *info) : ctx.problem(info.error());
}

// Whoever changes an override holds this: nobody comes between the look at its tag and the change.
std::string key_of(const target& one)
{
    return "file " + one.cell.str() + ' ' + one.path.str();
}

// 412 when the request says what it replaces and that is gone; an absent file has no tag.
task<result<void>> check_tag(request_context ctx, services& app, target one)
{
    if (ctx.request().header(http::field::if_match).empty())
        co_return result<void>();
    auto file = co_await app.overrides.describe(one.cell, one.path);
    if (!file && file.error().code() != errc::not_found)
        co_return file.error();
    co_return ctx.unchanged_etag(file ? file->etag : "");
}

task<http::response> put_override(request_context ctx, services& app)
{
    const auto one = find(ctx);
    if (!one)
        co_return ctx.problem(one.error());
    const auto length = upload_length(ctx, app);
    if (!length)
        co_return ctx.problem(length.error());
    const control::key_lock::lease alone = co_await app.locks.acquire(key_of(*one));
    if (auto allowed = co_await check_tag(ctx, app, *one); !allowed)
        co_return ctx.problem(allowed.error());
    auto stored = co_await app.overrides.put(one->cell, one->path, *ctx.request().body, *length);
    co_return stored ? ctx.ok(to_json(*stored, one->path)) : ctx.problem(stored.error());
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
    const auto one = find(ctx);
    if (!one)
        co_return ctx.problem(one.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    const result<control::rights_change> change = read_rights(*body);
    if (!change)
        co_return ctx.problem(change.error());
    const control::key_lock::lease alone = co_await app.locks.acquire(key_of(*one));
    if (auto allowed = co_await check_tag(ctx, app, *one); !allowed)
        co_return ctx.problem(allowed.error());
    auto changed = co_await app.overrides.change_rights(one->cell, one->path, *change);
    co_return changed ? ctx.ok(to_json(*changed)) : ctx.problem(changed.error());
}

task<http::response> delete_override(request_context ctx, services& app)
{
    const auto one = find(ctx);
    if (!one)
        co_return ctx.problem(one.error());
    const control::key_lock::lease alone = co_await app.locks.acquire(key_of(*one));
    if (auto allowed = co_await check_tag(ctx, app, *one); !allowed)
        co_return ctx.problem(allowed.error());
    auto removed = co_await app.overrides.remove(one->cell, one->path);
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
