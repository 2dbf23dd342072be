#include <fleetman/control/overview.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

namespace fleetman::control {

namespace {

enum urgency : unsigned
{
    bucket_unreachable,
    deployment_failed,
    rolled_back,
    agent_conflict,
    agent_dead,
    service_stopped,
    state_unknown,
    agent_late,
    clock_off
};

std::optional<unsigned> urgency_of(cell_state state)
{
    switch (state) {
    case cell_state::failed: return deployment_failed;
    case cell_state::rolled_back: return rolled_back;
    case cell_state::stopped: return service_stopped;
    case cell_state::unknown: return state_unknown;
    case cell_state::never_deployed:
    case cell_state::pending:
    case cell_state::deploying:
    case cell_state::running:
    case cell_state::agent_silent: break;
    }
    return std::nullopt;
}

std::optional<concern> concern_of(const model::cell_ref& name, const known_cell& cell)
{
    const cell_verdict& verdict = cell.seen.verdict;
    const auto urgency = urgency_of(verdict.state);
    if (!urgency)
        return std::nullopt;
    return concern{subject::cell, name.str(), std::string(to_string(verdict.state)), verdict.reason, *urgency};
}

std::string silence(const heartbeat& of)
{
    return "it reported last at " + rfc3339(from_unix_seconds(of.report->report_timestamp)) +
           ": check that the node is up and that its agent reaches the bucket";
}

std::optional<concern> concern_of(const model::node_id& node, const known_agent& agent)
{
    const heartbeat& newest = *agent.newest;
    const auto about = [&node](std::string state, std::string reason, unsigned urgency) {
        return concern{subject::agent, node.str(), std::move(state), std::move(reason), urgency};
    };
    if (newest.state == agent_state::dead)
        return about("dead", silence(newest), agent_dead);
    if (newest.report->conflict)
        return about("conflict", *newest.report->conflict, agent_conflict);
    if (newest.state == agent_state::warning)
        return about("warning", silence(newest), agent_late);
    if (const auto skew = clock_skew(*newest.report, newest.info.last_modified))
        return about("clock_skew",
            "its clock is " + std::to_string(std::abs(*skew)) + " s " + (*skew > 0 ? "ahead of" : "behind") +
                " the object store's",
            clock_off);
    return std::nullopt;
}

concern concern_of(const bucket_problem& problem)
{
    return {subject::bucket, problem.bucket.str(), "unreachable",
        problem.why.message() + " (since " + rfc3339(problem.since) + ')', bucket_unreachable};
}

} // namespace

fleet_overview summarize(const fleet_state& fleet, const std::vector<bucket_problem>& problems, std::size_t most)
{
    fleet_overview all;
    std::vector<concern>& concerns = all.attention;
    for (const bucket_problem& one : problems)
        concerns.push_back(concern_of(one));
    for (const auto& [node, agent] : fleet.agents().all()) {
        ++all.agents[agent.newest->state];
        if (auto one = concern_of(node, agent))
            concerns.push_back(*std::move(one));
    }
    for (const auto& one : fleet.cells().all()) {
        const auto& [name, cell] = one;
        const cell_state state = cell.seen.verdict.state;
        ++all.cells[state];
        all.unmanaged += cell.configured ? 0 : 1;
        if (auto worry = concern_of(name, cell))
            concerns.push_back(*std::move(worry));
        if (state == cell_state::failed || state == cell_state::rolled_back)
            all.failures.push_back(&one);
    }
    all.concerns = concerns.size();
    std::ranges::sort(concerns, [](const concern& a, const concern& b) {
        return std::tie(a.urgency, a.of, a.name) < std::tie(b.urgency, b.of, b.name);
    });
    concerns.resize(std::min(concerns.size(), most));
    std::ranges::sort(all.failures, std::greater(), [](const auto* one) { return one->second.seen.applied_at; });
    all.failures.resize(std::min(all.failures.size(), most));
    return all;
}

} // namespace fleetman::control
