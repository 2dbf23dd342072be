#include "endpoint.hpp"
#include "fleet_pages.hpp"
#include "fleet_wire.hpp"

#include <fleetman/core/text.hpp>

#include <boost/json/parse.hpp>

#include <memory>
#include <set>
#include <utility>

namespace fleetman::api {

using control::agent_state;
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

result<page_text> agents_page(const request_context& ctx, const control::agent_table& agents)
{
    const auto states = wanted_states(ctx);
    if (!states)
        return states.error();
    const result<std::size_t> limit = page_limit(ctx);
    if (!limit)
        return limit.error();
    auto from = agents.all().begin();
    if (const std::string after = ctx.parameter("after"); !after.empty()) {
        const auto node = model::node_id::load(after);
        if (!node)
            return node.error();
        from = agents.all().upper_bound(*node);
    }
    const std::string part_of_name = ctx.parameter("q");
    page_text page;
    for (auto one = from; one != agents.all().end(); ++one) {
        const std::string& node = one->first.str();
        if (!states->contains(one->second.newest->state) || node.find(part_of_name) == std::string::npos)
            continue;
        if (!page.take(*limit, node, text_of(one->second)))
            break;
    }
    return page;
}

task<http::response> list_agents(request_context ctx, services& app, std::shared_ptr<fleet_pages> pages)
{
    const control::agent_table& agents = app.fleet.now().agents();
    co_return pages->answer(ctx, app, agents.revision(), [&] { return agents_page(ctx, agents); });
}

result<model::node_id> known_node(const request_context& ctx, services& app)
{
    auto node = model::node_id::load(ctx.variable("node"));
    if (node && app.fleet.now().agents().find(*node) == nullptr)
        return error(errc::not_found, "no agent has reported as " + node->str());
    return node;
}

// What a deletion depends on; the rest of an agent changes with every report.
boost::json::object editable(const model::node_id& node, agent_state state)
{
    return {{"node_id", node.str()}, {"state", to_string(state)}};
}

task<http::response> show_agent(request_context ctx, services& app)
{
    const auto node = known_node(ctx, app);
    if (!node)
        co_return ctx.problem(node.error());
    const control::known_agent& agent = *app.fleet.now().agents().find(*node);
    co_return ctx.one(boost::json::parse(text_of(agent)).as_object(), editable(*node, agent.newest->state));
}

// Takes a node that is gone off the lists. One that lives would report again, so that takes force.
task<http::response> delete_agent(request_context ctx, services& app)
{
    const auto node = known_node(ctx, app);
    if (!node)
        co_return ctx.problem(node.error());
    const auto force = ctx.flag("force");
    if (!force)
        co_return ctx.problem(force.error());
    const agent_state state = app.fleet.now().agents().find(*node)->newest->state;
    if (const auto same = ctx.unchanged(editable(*node, state)); !same)
        co_return ctx.problem(same.error());
    if (state != agent_state::dead && !*force)
        co_return ctx.problem(error(
            errc::conflict, "the agent of " + node->str() + " is " + std::string(to_string(state)) + ", not dead"));
    for (const auto& [bucket, at] : app.names.locations()) {
        if (app.fleet.now().agents().find(bucket, *node) == nullptr)
            continue;
        auto removed = co_await at.store->remove(at.keys.agent(*node)); // the view hears of it
        if (!removed)
            co_return ctx.problem(removed.error());
    }
    co_return ctx.no_content();
}

} // namespace

void add_agent_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/agents", access::viewer, app, list_agents, std::make_shared<fleet_pages>());
    add(routes, http::verb::get, "/agents/{node}", access::viewer, app, show_agent);
    add(routes, http::verb::delete_, "/agents/{node}", access::operate, app, delete_agent);
}

} // namespace fleetman::api
