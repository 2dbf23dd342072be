#include <fleetman/control/cell_state.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace fleetman::control {

using model::cell_report;
using model::deployment_status;

namespace {

constexpr std::array<std::pair<cell_state, std::string_view>, 9> state_names{{
    {cell_state::never_deployed, "never_deployed"},
    {cell_state::pending, "pending"},
    {cell_state::deploying, "deploying"},
    {cell_state::running, "running"},
    {cell_state::stopped, "stopped"},
    {cell_state::failed, "failed"},
    {cell_state::rolled_back, "rolled_back"},
    {cell_state::agent_silent, "agent_silent"},
    {cell_state::unknown, "unknown"},
}};

const cell_report* find_report(const cell_evidence& evidence, const model::cell_id& cell)
{
    if (!evidence.agent)
        return nullptr;
    const auto& cells = evidence.agent->cells;
    const auto place = std::ranges::find(cells, cell, &cell_report::cell);
    return place == cells.end() ? nullptr : &*place;
}

// Whether the status speaks of this trigger: by its id, which our agents repeat, else by time.
bool answers(const deployment_status& status, const seen_trigger& trigger)
{
    if (status.trigger_id && trigger.value.id)
        return status.trigger_id == trigger.value.id;
    return status.applied_at >= unix_seconds(trigger.written);
}

bool reports_deploying(const cell_report* report, const cell_evidence& evidence)
{
    if (report != nullptr && report->state == "deploying" && report->trigger_id == evidence.trigger->value.id)
        return true;
    return evidence.status && evidence.status->state == "deploying" && answers(*evidence.status, *evidence.trigger);
}

cell_verdict awaiting(const cell_evidence& evidence, wall_time now)
{
    const auto since = std::chrono::floor<std::chrono::seconds>(now - evidence.trigger->written);
    return {cell_state::pending, evidence.trigger->value.version.str() + " was published " +
                                     age_text(std::max(since, std::chrono::seconds(0))) +
                                     " ago and the agent has not acted on it yet"};
}

cell_verdict after_failure(const deployment_status& status, const model::version& wanted)
{
    const std::string why = status.error.value_or("the agent gives no reason");
    if (status.running_version == "unknown" || status.running_version == wanted.str())
        return {cell_state::failed, wanted.str() + " failed: " + why};
    return {cell_state::rolled_back, wanted.str() + " failed and " + status.running_version + " runs again: " + why};
}

cell_verdict after_success(const cell_evidence& evidence, const cell_report* report)
{
    const std::string wanted = evidence.trigger->value.version.str();
    const bool reported_since = evidence.agent->report_timestamp > evidence.status->applied_at;
    if (report == nullptr || report->version != wanted) {
        if (!reported_since)
            return {cell_state::running, wanted + " was deployed; the next heartbeat will confirm it"};
        return {cell_state::unknown,
            report == nullptr
                ? wanted + " was deployed, but the agent does not report this cell"
                : wanted + " was deployed, but the agent reports " + report->version.value_or("no version")};
    }
    if (!report->running)
        return {cell_state::running, wanted + " is in place"};
    if (*report->running)
        return {cell_state::running, wanted + " runs"};
    return {cell_state::stopped, wanted + " is deployed, but its service does not run"};
}

} // namespace

std::string_view to_string(cell_state value)
{
    for (const auto& [state, name] : state_names)
        if (state == value)
            return name;
    return "unknown";
}

std::optional<cell_state> parse_cell_state(std::string_view text)
{
    for (const auto& [state, name] : state_names)
        if (name == text)
            return state;
    return std::nullopt;
}

cell_verdict judge_cell(const model::cell_id& cell, const cell_evidence& evidence, wall_time now)
{
    if (!evidence.unreadable.empty())
        return {cell_state::unknown, evidence.unreadable};
    if (!evidence.trigger)
        return {cell_state::never_deployed, "no version was published to this cell yet"};
    if (!evidence.agent)
        return {cell_state::agent_silent, "the agent of this node has never reported"};
    if (judge_agent(*evidence.agent, now) == agent_state::dead)
        return {cell_state::agent_silent,
            "the agent of this node reported last " + age_text(report_age(*evidence.agent, now)) + " ago"};

    const cell_report* report = find_report(evidence, cell);
    if (reports_deploying(report, evidence))
        return {cell_state::deploying, "the agent is deploying " + evidence.trigger->value.version.str()};
    if (!evidence.status || !answers(*evidence.status, *evidence.trigger))
        return awaiting(evidence, now);
    if (evidence.status->state == "pending")
        return {cell_state::pending, "the agent will try again: " + evidence.status->error.value_or("no reason given")};
    if (!evidence.status->success)
        return after_failure(*evidence.status, evidence.trigger->value.version);
    return after_success(evidence, report);
}

std::string age_text(std::chrono::seconds age)
{
    using namespace std::chrono;
    if (age < minutes(2))
        return std::to_string(age.count()) + " s";
    if (age < hours(2))
        return std::to_string(duration_cast<minutes>(age).count()) + " min";
    if (age < hours(48))
        return std::to_string(duration_cast<hours>(age).count()) + " h";
    return std::to_string(duration_cast<hours>(age).count() / 24) + " d";
}

} // namespace fleetman::control
