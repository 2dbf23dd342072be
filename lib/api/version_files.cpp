#include "body_fields.hpp"
#include "endpoint.hpp"
#include "file_answer.hpp"
#include "wire.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/model/service_templates.hpp>

#include <boost/json/serialize.hpp>

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
    co_return info ? send_object(ctx, app, {one->of.at.store, *info, ""}) : ctx.problem(info.error());
}

http::response stored(const request_context& ctx, const control::stored_file& file, const file_path& path)
{
    return ctx.ok(to_json(file, path)).set(http::field::etag, '"' + file.etag + '"');
}

task<http::response> put_file(request_context ctx, services& app)
{
    auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    const result<upload> sent = co_await receive_upload(ctx, app);
    if (!sent)
        co_return ctx.problem(sent.error());
    auto done =
        co_await app.versions.put_file(one->of, one->version, one->path, *sent->body, sent->length, expected_etag(ctx));
    co_return done ? stored(ctx, *done, one->path) : ctx.problem(done.error());
}

task<http::response> delete_file(request_context ctx, services& app)
{
    auto one = find(ctx, app);
    if (!one)
        co_return ctx.problem(one.error());
    auto removed = co_await app.versions.remove_file(one->of, one->version, one->path, expected_etag(ctx));
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
    auto copied = co_await app.versions.copy_staged(one->of, one->version, one->path, *staged, expected_etag(ctx));
    co_return copied ? stored(ctx, *copied, one->path) : ctx.problem(copied.error());
}

// The built-in text for one of the two files that start a service.
result<std::string> service_file(
    const services& app, const manifest_place& of, const file_path& path, const model::template_variables& variables)
{
    if (path.str() == "run.sh")
        return model::default_run_script(variables);
    if (path.str() != "app.service")
        return error::violations("there is no template for " + path.str(), {{"path", "must be run.sh or app.service"}});
    auto limits = app.names.limits_of(of.content);
    if (!limits)
        return limits.error();
    return model::default_app_service(of.content, *limits, variables);
}

// `{"restart": "always", "restart_sec": 5}`: texts, or numbers where those are meant.
model::template_variables read_variables(const json::object& body, body_fields& fields)
{
    model::template_variables set;
    if (fields.is_null("variables"))
        return set;
    const json::object* given = body.at("variables").if_object();
    if (given == nullptr) {
        fields.fail("variables", "must be an object");
        return set;
    }
    for (const auto& [name, value] : *given) {
        if (const json::string* text = value.if_string())
            set.emplace(name, *text);
        else if (value.is_int64() || value.is_uint64())
            set.emplace(name, json::serialize(value));
        else
            fields.fail("variables." + in_quotes(name), "must be a string or a whole number");
    }
    return set;
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
    const model::template_variables variables = read_variables(*body, fields);
    if (!fields.ok())
        co_return ctx.problem(fields.failure());
    result<std::string> text = service_file(app, in->of, *path, variables);
    if (!text)
        co_return ctx.problem(text.error());
    const std::uint64_t length = text->size();
    string_source content(std::move(*text));
    auto done = co_await app.versions.put_file(in->of, in->version, *path, content, length, expected_etag(ctx));
    co_return done ? stored(ctx, *done, *path) : ctx.problem(done.error());
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
