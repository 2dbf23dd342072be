#include "endpoint.hpp"
#include "file_answer.hpp"
#include "operation_answer.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/control/browsing.hpp>

#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::object_name;
using control::services;

namespace {

struct target
{
    model::bucket_name bucket;
    bucket::location at;
    object_name name;
};

result<std::pair<model::bucket_name, bucket::location>> find_bucket(const request_context& ctx, services& app)
{
    auto name = model::bucket_name::load(ctx.variable("bucket"));
    if (!name)
        return name.error();
    auto at = app.names.location(*name);
    if (!at)
        return at.error();
    return std::pair(std::move(*name), std::move(*at));
}

result<target> find(const request_context& ctx, services& app, std::string text)
{
    auto in = find_bucket(ctx, app);
    if (!in)
        return in.error();
    auto name = object_name::parse(text, in->second);
    if (!name)
        return name.error();
    return target{std::move(in->first), std::move(in->second), std::move(*name)};
}

// A part of a name, which may be empty.
result<std::string> name_part(const request_context& ctx, const char* parameter)
{
    constexpr std::size_t most = 1024;
    std::string text = ctx.parameter(parameter);
    if (text.size() > most || !is_utf8(text) || has_control_character(text))
        return error(
            errc::invalid, std::string(parameter) + " must be UTF-8 of at most 1024 bytes without control characters");
    return text;
}

result<control::browse_query> read_query(const request_context& ctx)
{
    auto prefix = name_part(ctx, "prefix");
    if (!prefix)
        return prefix.error();
    auto after = name_part(ctx, "after");
    if (!after)
        return after.error();
    const std::string delimiter = ctx.parameter("delimiter");
    if (!delimiter.empty() && delimiter != "/")
        return error(errc::invalid, "delimiter must be / or absent");
    const auto limit = page_limit(ctx);
    if (!limit)
        return limit.error();
    return control::browse_query{std::move(*prefix), !delimiter.empty(), std::move(*after), *limit};
}

task<http::response> list_objects(request_context ctx, services& app)
{
    auto in = find_bucket(ctx, app);
    if (!in)
        co_return ctx.problem(in.error());
    auto query = read_query(ctx);
    if (!query)
        co_return ctx.problem(query.error());
    auto found = co_await control::browse(std::move(in->second), std::move(*query));
    if (!found)
        co_return ctx.problem(found.error());
    page<control::browsed_entry> part;
    if (found->more && !found->entries.empty())
        part.next = found->entries.back().name;
    part.items = std::move(found->entries);
    co_return list(ctx, part, [](const control::browsed_entry& one) { return to_json(one); });
}

task<http::response> send_object_content(request_context ctx, services& app)
{
    auto one = find(ctx, app, ctx.variable("key"));
    if (!one)
        co_return ctx.problem(one.error());
    auto info = co_await control::find_object(one->at, one->name);
    co_return info ? send_object(ctx, app, {one->at.store, *info, ""}) : ctx.problem(info.error());
}

control::guarded_file guarded(const request_context& ctx, services& app, const target& one)
{
    return {one.at.store, one.name.key(), app.locks, "object " + one.name.key(),
        control::by_etag(one.at.store, one.name.key(), expected_etag(ctx))};
}

task<http::response> put_object(request_context ctx, services& app)
{
    auto one = find(ctx, app, ctx.variable("key"));
    if (!one)
        co_return ctx.problem(one.error());
    const result<upload> sent = co_await receive_upload(ctx, app);
    if (!sent)
        co_return ctx.problem(sent.error());
    const auto stored = co_await control::write_binary(guarded(ctx, app, *one), *sent->body, sent->length);
    if (!stored)
        co_return ctx.problem(stored.error());
    const json::object body{{"key", one->name.str()}, {"size", stored->size}, {"etag", stored->etag}};
    co_return ctx.ok(body).set(http::field::etag, '"' + stored->etag + '"');
}

task<http::response> delete_object(request_context ctx, services& app)
{
    auto one = find(ctx, app, ctx.variable("key"));
    if (!one)
        co_return ctx.problem(one.error());
    if (auto present = co_await control::find_object(one->at, one->name); !present)
        co_return ctx.problem(present.error());
    auto removed = co_await control::remove_file(guarded(ctx, app, *one));
    co_return removed ? ctx.no_content() : ctx.problem(removed.error());
}

task<http::response> delete_folder(request_context ctx, services& app)
{
    std::string text = ctx.variable("prefix");
    if (!text.ends_with('/'))
        text += '/';
    auto one = find(ctx, app, std::move(text));
    if (!one)
        co_return ctx.problem(one.error());
    const auto dry_run = ctx.flag("dry_run");
    if (!dry_run)
        co_return ctx.problem(dry_run.error());
    if (const auto wait = ctx.wait(); !wait)
        co_return ctx.problem(wait.error());
    auto seen = co_await control::survey_folder(one->at, one->name);
    if (!seen)
        co_return ctx.problem(seen.error());
    if (*dry_run)
        co_return ctx.ok(to_json(*seen, one->name));
    if (seen->objects == 0)
        co_return ctx.problem(error(errc::not_found, "there is nothing below " + in_quotes(one->name.str())));
    auto started = co_await app.operations.start({.kind = std::string(control::delete_folder_kind),
        .cells = {one->bucket.str() + '/' + one->name.str()},
        .details = {{"bucket", one->bucket.str()}, {"folder", one->name.str()}},
        .who = ctx.actor()});
    if (!started)
        co_return ctx.problem(started.error());
    co_return co_await answer_with(ctx, app, std::move(*started));
}

} // namespace

void add_object_routes(http::router& routes, services& app)
{
    const std::string bucket = "/buckets/{bucket}";
    add(routes, http::verb::get, bucket + "/objects", access::viewer, app, list_objects);
    add(routes, http::verb::get, bucket + "/objects/{key...}", access::viewer, app, send_object_content);
    add(routes, http::verb::put, bucket + "/objects/{key...}", access::admin, app, put_object);
    add(routes, http::verb::delete_, bucket + "/objects/{key...}", access::admin, app, delete_object);
    add(routes, http::verb::delete_, bucket + "/folders/{prefix...}", access::admin, app, delete_folder);
}

} // namespace fleetman::api
