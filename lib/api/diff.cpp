#include "endpoint.hpp"
#include "wire.hpp"

#include <fleetman/control/version_diff.hpp>

#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::services;

namespace {

// `?name=v1.2.3`, of what exists. Fails with invalid.
result<model::version> version_parameter(const request_context& ctx, const char* name)
{
    const std::string text = ctx.parameter(name);
    if (text.empty())
        return error(errc::invalid, std::string(name) + " is missing: the version to compare");
    auto version = model::version::load(text);
    return version ? version : version.error().within(name);
}

task<http::response> show_diff(request_context ctx, services& app)
{
    const auto name = ctx.manifest();
    if (!name)
        co_return ctx.problem(name.error());
    auto of = app.names.manifest(*name);
    if (!of)
        co_return ctx.problem(of.error());
    const auto from = version_parameter(ctx, "from");
    if (!from)
        co_return ctx.problem(from.error());
    const auto to = version_parameter(ctx, "to");
    if (!to)
        co_return ctx.problem(to.error());
    const auto compared = co_await control::compare_versions(app.versions, app.workers, std::move(*of), *from, *to);
    if (!compared)
        co_return ctx.problem(compared.error());
    json::array files;
    for (const control::compared_file& one : *compared)
        files.push_back(to_json(one));
    co_return ctx.one(
        json::object{{"manifest", name->str()}, {"from", from->str()}, {"to", to->str()}, {"files", std::move(files)}});
}

} // namespace

void add_diff_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/manifests/{manifest}/diff", access::viewer, app, show_diff);
}

} // namespace fleetman::api
