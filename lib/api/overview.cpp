#include "endpoint.hpp"
#include "fleet_wire.hpp"
#include "wire.hpp"

#include <fleetman/control/overview.hpp>
#include <fleetman/core/timestamp.hpp>

#include <boost/json/array.hpp>

#include <algorithm>

namespace fleetman::api {

namespace json = boost::json;
using control::services;
using control::subject;

namespace {

constexpr std::size_t most_concerns = 50;
constexpr std::size_t most_operations = 10;

json::value moment_or_null(const std::optional<wall_time>& when)
{
    return when ? json::value(rfc3339_millis(*when)) : json::value();
}

json::object agents_json(const control::fleet_overview& all, std::size_t total)
{
    json::object counts{{"total", total}};
    for (const auto state : {control::agent_state::active, control::agent_state::warning, control::agent_state::dead}) {
        const auto place = all.agents.find(state);
        counts[to_string(state)] = place == all.agents.end() ? 0 : place->second;
    }
    return counts;
}

json::object cells_json(const control::fleet_overview& all, std::size_t total)
{
    using enum control::cell_state;
    json::object counts{{"total", total}, {"unmanaged", all.unmanaged}};
    for (const auto state :
        {never_deployed, pending, deploying, running, stopped, failed, rolled_back, agent_silent, unknown}) {
        const auto place = all.cells.find(state);
        counts[to_string(state)] = place == all.cells.end() ? 0 : place->second;
    }
    return counts;
}

json::object concern_json(const control::concern& one)
{
    json::object body{{"state", one.state}, {"reason", one.reason}};
    if (one.of == subject::cell) {
        const auto name = model::cell_ref::load(one.name);
        body["kind"] = "cell";
        body["node_id"] = name ? name->node.str() : one.name;
        body["cell_id"] = name ? name->cell.str() : "";
    } else {
        body["kind"] = one.of == subject::agent ? "agent" : "bucket";
        body[one.of == subject::agent ? "node_id" : "bucket"] = one.name;
    }
    return body;
}

// Without the cells, which the operation itself tells.
json::object operation_json(const control::operation& one)
{
    const auto failed = std::ranges::count(one.steps, control::progress::failed, &control::step_outcome::state);
    return {{"id", one.id}, {"kind", one.kind}, {"state", to_string(one.state)},
        {"started_at", rfc3339_millis(one.started)}, {"ended_at", moment_or_null(one.ended)}, {"done", one.done},
        {"total", one.steps.size()}, {"failed", failed}};
}

json::array buckets_json(const services& app)
{
    json::array buckets;
    for (const auto& [name, connection] : app.names.config().buckets) {
        json::object one{{"bucket", name.str()}, {"as_of", nullptr}, {"refresh_ms", nullptr}, {"error", nullptr},
            {"since", nullptr}};
        if (const auto watch = app.fleet.watch_of(name)) {
            one["as_of"] = moment_or_null(watch->succeeded);
            if (watch->took)
                one["refresh_ms"] = watch->took->count();
        }
        for (const control::bucket_problem& problem : app.fleet.problems())
            if (problem.bucket == name) {
                one["error"] = problem.why.message();
                one["since"] = rfc3339_millis(problem.since);
            }
        buckets.push_back(std::move(one));
    }
    return buckets;
}

task<http::response> show_overview(request_context ctx, services& app)
{
    const control::fleet_state& fleet = app.fleet.now();
    const control::fleet_overview all = summarize(fleet, app.fleet.problems(), most_concerns);
    json::array attention;
    for (const control::concern& one : all.attention)
        attention.push_back(concern_json(one));
    json::array failures;
    for (const auto* const one : all.failures)
        failures.push_back(to_json(one->first, one->second));
    json::array publishes;
    app.operations.each([&publishes](const control::operation& one) {
        if (one.kind == "publish")
            publishes.push_back(operation_json(one));
        return publishes.size() < most_operations;
    });
    co_return ctx.ok(json::object{{"as_of", moment_or_null(app.fleet.as_of())},
        {"event", app.events.id_of(app.events.last())}, {"agents", agents_json(all, fleet.agents().all().size())},
        {"cells", cells_json(all, fleet.cells().all().size())},
        {"attention", json::object{{"total", all.concerns}, {"items", std::move(attention)}}},
        {"publishes", std::move(publishes)}, {"failures", std::move(failures)}, {"buckets", buckets_json(app)}});
}

} // namespace

void add_overview_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/overview", access::viewer, app, show_overview);
}

} // namespace fleetman::api
