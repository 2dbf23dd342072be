#include <fleetman/control/agent_state.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <cstdlib>

namespace fleetman::control {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds active_for{180};
constexpr seconds warning_for{600};
constexpr int active_intervals = 3;
constexpr int warning_intervals = 10;
constexpr milliseconds longest_interval = std::chrono::hours(24); // a declared one beyond that is a mistake

constexpr std::int64_t tolerated_skew = 30; // seconds

struct limits
{
    seconds active;
    seconds warning;
};

seconds at_least(seconds limit, int intervals, milliseconds interval)
{
    return std::max(limit, std::chrono::ceil<seconds>(interval * intervals));
}

limits limits_of(const model::agent_report& report)
{
    const milliseconds interval =
        std::clamp(milliseconds(report.heartbeat_interval_ms.value_or(0)), milliseconds(0), longest_interval);
    return {at_least(active_for, active_intervals, interval), at_least(warning_for, warning_intervals, interval)};
}

} // namespace

std::string_view to_string(agent_state value)
{
    switch (value) {
    case agent_state::active: return "active";
    case agent_state::warning: return "warning";
    case agent_state::dead: return "dead";
    }
    return "dead";
}

std::optional<agent_state> parse_agent_state(std::string_view text)
{
    for (const agent_state one : {agent_state::active, agent_state::warning, agent_state::dead})
        if (text == to_string(one))
            return one;
    return std::nullopt;
}

seconds report_age(const model::agent_report& report, wall_time now)
{
    const std::int64_t today = unix_seconds(now);
    return seconds(report.report_timestamp >= today ? 0 : today - std::max<std::int64_t>(report.report_timestamp, 0));
}

agent_state judge_agent(const model::agent_report& report, wall_time now)
{
    const seconds age = report_age(report, now);
    const limits most = limits_of(report);
    if (age <= most.active)
        return agent_state::active;
    return age <= most.warning ? agent_state::warning : agent_state::dead;
}

std::optional<wall_time> next_change(const model::agent_report& report, wall_time now)
{
    const agent_state state = judge_agent(report, now);
    if (state == agent_state::dead)
        return std::nullopt;
    const limits most = limits_of(report);
    const wall_time last = from_unix_seconds(report.report_timestamp);
    return last + (state == agent_state::active ? most.active : most.warning) + seconds(1);
}

std::optional<std::int64_t> clock_skew(const model::agent_report& report, wall_time written)
{
    const std::int64_t skew =
        unix_seconds(from_unix_seconds(report.report_timestamp)) - unix_seconds(written); // both within 1679..2260
    return std::abs(skew) > tolerated_skew ? std::optional(skew) : std::nullopt;
}

} // namespace fleetman::control
