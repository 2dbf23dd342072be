#include "body_fields.hpp"
#include "endpoint.hpp"
#include "file_answer.hpp"
#include "wire.hpp"

#include <fleetman/bucket/transfer.hpp>
#include <fleetman/model/service_templates.hpp>

#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::manifest_place;
using control::services;
using model::file_path;

namespace {

struct target
{
    manifest_place of;
    model::version version;
};

struct file_target
{
    manifest_place of;
    model::version version;
    file_path path;
};

result<target> find_version(const request_context& ctx, services& app)
{
    const auto name = ctx.manifest();
    if (!name)
        return name.error();
    auto of = app.names.manifest(*name);
    if (!of)
        return of.error();
    auto version = ctx.version();
    if (!version)
        return version.error();
    return target{std::move(*of), std::move(*version)};
}

result<file_target> find(const request_context& ctx, services& app)
{
    auto in = find_version(ctx, app);
    if (!in)
        return in.error();
    auto path = ctx.path();
    if (!path)
        return path.error();
    return file_target{std::move(in->of), std::move(in->version), std::move(*path)};
}

task<http::response> send_file(request_context ctx, services& app)
{
    auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    auto info = co_await control::version_file_info(one->of, one->version, one->path);
    co_return info ? send_object(ctx, app, one->of.at.store, *info) : ctx.problem(info.error());
}

// Whoever changes a file holds this: nobody comes between the look at its tag and the change.
std::string key_of(const file_target& one)
{
    return "file " + one.of.at.keys.deployment_file(one.of.name, one.version, one.path);
}

// 412 when the request says what it replaces and that is gone; an absent file has no tag.
task<result<void>> check_tag(request_context ctx, file_target one)
{
    if (ctx.request().header(http::field::if_match).empty())
        co_return result<void>();
    auto info = co_await control::version_file_info(one.of, one.version, one.path);
    if (!info && info.error().code() != errc::not_found)
        co_return info.error();
    co_return ctx.unchanged_etag(info ? info->etag : "");
}

task<http::response> put_file(request_context ctx, services& app)
{
    auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    const auto length = upload_length(ctx, app);
    if (!length)
        co_return ctx.problem(length.error());
    const control::key_lock::lease alone = co_await app.locks.acquire(key_of(*one));
    if (auto allowed = co_await check_tag(ctx, *one); !allowed)
        co_return ctx.problem(allowed.error());
    auto stored = co_await app.versions.put_file(one->of, one->version, one->path, *ctx.request().body, *length);
    co_return stored ? ctx.ok(to_json(*stored, one->path)) : ctx.problem(stored.error());
}

task<http::response> delete_file(request_context ctx, services& app)
{
    auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    const control::key_lock::lease alone = co_await app.locks.acquire(key_of(*one));
    if (auto allowed = co_await check_tag(ctx, *one); !allowed)
        co_return ctx.problem(allowed.error());
    auto removed = co_await app.versions.remove_file(one->of, one->version, one->path);
    co_return removed ? ctx.no_content() : ctx.problem(removed.error());
}

task<http::response> copy_staged_file(request_context ctx, services& app)
{
    auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    const auto staged = fields.parsed("staging", file_path::parse);
    if (!staged)
        co_return ctx.problem(fields.failure());
    const control::key_lock::lease alone = co_await app.locks.acquire(key_of(*one));
    auto copied = co_await app.versions.copy_staged(one->of, one->version, one->path, *staged);
    co_return copied ? ctx.ok(to_json(*copied, one->path)) : ctx.problem(copied.error());
}

// The built-in text for one of the two files that start a service.
result<std::string> service_file(const services& app, const manifest_place& of, const file_path& path)
{
    if (path.str() == "run.sh")
        return model::default_run_script();
    if (path.str() != "app.service")
        return error::violations("there is no template for " + path.str(), {{"path", "must be run.sh or app.service"}});
    auto limits = app.names.limits_of(of.content);
    if (!limits)
        return limits.error();
    return model::default_app_service(of.content, *limits);
}

task<http::response> write_service_file(request_context ctx, services& app)
{
    auto in = find_version(ctx, app);
    if (!in)
        co_return ctx.problem(in.error());
    result<json::object> body = co_await ctx.json();
    if (!body)
        co_return ctx.problem(body.error());
    body_fields fields(*body);
    const auto path = fields.parsed("path", file_path::parse);
    const json::value* variables = body->if_contains("variables");
    if (!fields.is_null("variables") && (!variables->is_object() || !variables->as_object().empty()))
        fields.fail("variables", "must be empty: the built-in templates have none");
    if (!fields.ok())
        co_return ctx.problem(fields.failure());
    result<std::string> text = service_file(app, in->of, *path);
    if (!text)
        co_return ctx.problem(text.error());
    const std::uint64_t length = text->size();
    string_source content(std::move(*text));
    auto stored = co_await app.versions.put_file(in->of, in->version, *path, content, length);
    co_return stored ? ctx.ok(to_json(*stored, *path)) : ctx.problem(stored.error());
}

} // namespace

void add_version_file_routes(http::router& routes, services& app)
{
    const std::string version = "/manifests/{manifest}/versions/{version}";
    const std::string file = version + "/files/{path...}";
    add(routes, http::verb::get, file, access::viewer, app, send_file);
    add(routes, http::verb::put, file, access::operate, app, put_file);
    add(routes, http::verb::delete_, file, access::operate, app, delete_file);
    add(routes, http::verb::post, file + "/copy", access::operate, app, copy_staged_file);
    add(routes, http::verb::post, version + "/service-file", access::operate, app, write_service_file);
}

} // namespace fleetman::api
