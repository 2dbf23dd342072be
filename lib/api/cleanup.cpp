#include "body_fields.hpp"
#include "endpoint.hpp"
#include "operation_answer.hpp"
#include "wire.hpp"

#include <fleetman/control/cleanup.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using control::cleanup_query;
using control::litter;
using control::litter_kind;
using control::services;

namespace {

constexpr std::size_t shown_at_once = 1000;
constexpr std::uint64_t longest_age_s = 10ULL * 366 * 24 * 3600;

struct cleanup_request
{
    cleanup_query query;
    bool all = false;
    std::optional<std::vector<std::string>> items;
};

cleanup_query read_query(body_fields& fields)
{
    cleanup_query query;
    const auto kinds = fields.texts("kinds");
    for (std::size_t i = 0; kinds && i < kinds->size(); ++i) {
        const auto kind = control::parse_litter_kind((*kinds)[i]);
        if (kind)
            query.kinds.insert(*kind);
        else
            fields.fail("kinds[" + std::to_string(i) + ']', kind.error().message());
    }
    if (!kinds)
        query.kinds = {litter_kind::orphaned_version, litter_kind::unfinished_version, litter_kind::publish_stray};
    if (const auto age = fields.number("min_age_s"); age && *age > longest_age_s)
        fields.fail("min_age_s", "must be at most ten years");
    else if (age)
        query.min_age = std::chrono::seconds(*age);
    return query;
}

result<cleanup_request> read_request(const json::object& body, bool dry_run)
{
    body_fields fields(body);
    cleanup_request wanted{read_query(fields), fields.flag("all").value_or(false), fields.texts("items")};
    if (!dry_run && wanted.all == wanted.items.has_value())
        fields.fail("items", "give either the ids to clean, as ?dry_run=true shows them, or \"all\": true");
    if (!fields.ok())
        return fields.failure();
    return wanted;
}

// Those asked for of those found; invalid when one of them is not there.
result<std::vector<litter>> chosen(std::vector<litter> found, const cleanup_request& wanted)
{
    if (wanted.all)
        return found;
    std::vector<litter> some;
    std::vector<field_error> unknown;
    for (std::size_t i = 0; i < wanted.items->size(); ++i) {
        const auto place = std::ranges::find(found, (*wanted.items)[i], &litter::id);
        if (place == found.end())
            unknown.push_back({"items[" + std::to_string(i) + ']', "is nothing that can be cleaned now"});
        else
            some.push_back(std::move(*place));
        if (place != found.end())
            found.erase(place); // named twice, it is not there the second time
    }
    if (!unknown.empty())
        return error::violations("not everything is there to be cleaned; look again", std::move(unknown));
    return some;
}

json::object preview(const std::vector<litter>& found)
{
    json::array items;
    std::uint64_t objects = 0;
    std::uint64_t size = 0;
    for (const litter& one : found) {
        objects += one.objects;
        size += one.size;
        if (items.size() < shown_at_once)
            items.push_back(to_json(one));
    }
    return {{"items", std::move(items)}, {"count", found.size()}, {"object_count", objects}, {"size", size}};
}

control::operation_order order_for(
    const std::vector<litter>& items, std::chrono::seconds min_age, const control::actor& who)
{
    std::vector<std::string> ids;
    ids.reserve(items.size());
    for (const litter& one : items)
        ids.push_back(one.id());
    return {.kind = control::cleanup::kind,
        .cells = std::move(ids),
        .details = {{"min_age_s", min_age.count()}},
        .who = who};
}

task<http::response> clean_up(request_context ctx, services& app)
{
    const auto dry_run = ctx.flag("dry_run");
    if (!dry_run)
        co_return ctx.problem(dry_run.error());
    if (const auto wait = ctx.wait(); !wait)
        co_return ctx.problem(wait.error());
    result<json::object> body = co_await ctx.optional_json();
    if (!body)
        co_return ctx.problem(body.error());
    const auto wanted = read_request(*body, *dry_run);
    if (!wanted)
        co_return ctx.problem(wanted.error());
    auto found = co_await app.cleanup.find(wanted->query);
    if (!found)
        co_return ctx.problem(found.error());
    if (*dry_run)
        co_return ctx.ok(preview(*found));
    auto items = chosen(std::move(*found), *wanted);
    if (!items)
        co_return ctx.problem(items.error());
    auto started = co_await app.operations.start(order_for(*items, wanted->query.min_age, ctx.actor()));
    if (!started)
        co_return ctx.problem(started.error());
    co_return co_await answer_with(ctx, app, std::move(*started));
}

} // namespace

void add_cleanup_routes(http::router& routes, services& app)
{
    add(routes, http::verb::post, "/cleanup", access::admin, app, clean_up);
}

} // namespace fleetman::api
