#include "endpoint.hpp"
#include "wire.hpp"

#include <fleetman/api/paging.hpp>
#include <fleetman/core/text.hpp>

#include <set>
#include <utility>

namespace fleetman::api {

using control::agent_state;
using control::known_agent;
using control::services;

namespace {

// `?state=active,warning`; all of them when there is none.
result<std::set<agent_state>> wanted_states(const request_context& ctx)
{
    const std::string list = ctx.parameter("state");
    if (list.empty())
        return std::set{agent_state::active, agent_state::warning, agent_state::dead};
    std::set<agent_state> wanted;
    for (const std::string& one : split(list, ',')) {
        const auto state = control::parse_agent_state(trimmed(one));
        if (!state)
            return error(errc::invalid, "there is no agent state " + one);
        wanted.insert(*state);
    }
    return wanted;
}

task<http::response> list_agents(request_context ctx, services& app)
{
    const auto states = wanted_states(ctx);
    if (!states)
        co_return ctx.problem(states.error());
    const wall_time now = app.time.now();
    const std::string part_of_name = ctx.parameter("q");
    std::vector<known_agent> some = app.fleet.agents();
    std::erase_if(some, [&](const known_agent& one) {
        return !states->contains(control::judge_agent(one.report, now)) ||
               one.report.node.str().find(part_of_name) == std::string::npos;
    });
    auto part = page_of(ctx, std::move(some), [](const known_agent& one) { return one.report.node.str(); });
    if (!part)
        co_return ctx.problem(part.error());
    co_return list(ctx, *part, [now](const known_agent& one) { return to_json(one, now); });
}

task<http::response> show_agent(request_context ctx, services& app)
{
    const auto node = model::node_id::load(ctx.variable("node"));
    if (!node)
        co_return ctx.problem(node.error());
    const auto found = app.fleet.newest(*node);
    if (!found)
        co_return ctx.problem(error(errc::not_found, "no agent has reported as " + node->str()));
    co_return ctx.one(to_json(*found, app.time.now()));
}

// Takes a node that is gone off the lists. One that lives would report again, so that takes force.
task<http::response> delete_agent(request_context ctx, services& app)
{
    const auto node = model::node_id::load(ctx.variable("node"));
    if (!node)
        co_return ctx.problem(node.error());
    const auto found = app.fleet.newest(*node);
    if (!found)
        co_return ctx.problem(error(errc::not_found, "no agent has reported as " + node->str()));
    const agent_state state = control::judge_agent(found->report, app.time.now());
    if (state != agent_state::dead && ctx.parameter("force") != "true")
        co_return ctx.problem(error(
            errc::conflict, "the agent of " + node->str() + " is " + std::string(to_string(state)) + ", not dead"));
    for (const auto& [bucket, at] : app.names.locations()) {
        if (app.fleet.report(bucket, *node) == nullptr)
            continue;
        auto removed = co_await at.store->remove(at.keys.agent(*node));
        if (!removed)
            co_return ctx.problem(removed.error());
    }
    app.fleet.forget(*node);
    co_return ctx.no_content();
}

} // namespace

void add_agent_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/agents", access::viewer, app, list_agents);
    add(routes, http::verb::get, "/agents/{node}", access::viewer, app, show_agent);
    add(routes, http::verb::delete_, "/agents/{node}", access::operate, app, delete_agent);
}

} // namespace fleetman::api
