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

// Whether the status speaks of this trigger: by its id, which our agents repeat, else by time.
bool answers(const deployment_status& status, const seen_trigger& trigger)
{
    if (status.trigger_id && trigger.value.id)
        return status.trigger_id == trigger.value.id;
    return status.applied_at >= unix_seconds(trigger.written);
}

bool reports_deploying(const cell_evidence& evidence)
{
    const cell_report* const report = evidence.report;
    if (report != nullptr && report->state == "deploying" && report->trigger_id == evidence.trigger->value.id)
        return true;
    const deployment_status* const status = evidence.status;
    return status != nullptr && status->state == "deploying" && answers(*status, *evidence.trigger);
}

std::string moment(wall_time when)
{
    return rfc3339(std::chrono::floor<std::chrono::seconds>(when));
}

cell_verdict awaiting(const cell_evidence& evidence)
{
    return {cell_state::pending, evidence.trigger->value.version.str() + " was published at " +
                                     moment(evidence.trigger->written) + " and the agent has not acted on it yet"};
}

cell_verdict after_failure(const deployment_status& status, const model::version& wanted)
{
    const std::string why = status.error.value_or("the agent gives no reason");
    if (status.running_version == "unknown" || status.running_version == wanted.str())
        return {cell_state::failed, wanted.str() + " failed: " + why};
    return {cell_state::rolled_back, wanted.str() + " failed and " + status.running_version + " runs again: " + why};
}

cell_verdict after_success(const cell_evidence& evidence)
{
    const cell_report* const report = evidence.report;
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

cell_verdict judge_cell(const cell_evidence& evidence, wall_time now)
{
    if (!evidence.unreadable.empty())
        return {cell_state::unknown, std::string(evidence.unreadable)};
    if (evidence.trigger == nullptr)
        return {cell_state::never_deployed, "no version was published to this cell yet"};
    if (evidence.agent == nullptr)
        return {cell_state::agent_silent, "the agent of this node has never reported"};
    if (judge_agent(*evidence.agent, now) == agent_state::dead)
        return {cell_state::agent_silent,
            "the agent of this node reported last at " + moment(from_unix_seconds(evidence.agent->report_timestamp))};

    const deployment_status* const status = evidence.status;
    const model::version& wanted = evidence.trigger->value.version;
    if (reports_deploying(evidence))
        return {cell_state::deploying, "the agent is deploying " + wanted.str()};
    if (status == nullptr || !answers(*status, *evidence.trigger))
        return awaiting(evidence);
    if (status->state == "pending")
        return {cell_state::pending, "the agent will try again: " + status->error.value_or("no reason given")};
    return status->success ? after_success(evidence) : after_failure(*status, wanted);
}

} // namespace fleetman::control
