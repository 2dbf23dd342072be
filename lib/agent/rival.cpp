#include <fleetman/agent/rival.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>

namespace fleetman::agent {
namespace {

constexpr std::int64_t default_interval_ms = 60'000; // the original's
constexpr std::int64_t longest_interval_ms = 3'600'000;
constexpr int intervals = 3;

milliseconds interval_of(const model::agent_report& report)
{
    const std::int64_t declared = report.heartbeat_interval_ms.value_or(default_interval_ms);
    return milliseconds(std::clamp(declared, default_interval_ms, longest_interval_ms));
}

} // namespace

void rival_watch::found(const model::agent_report& report, wall_time now)
{
    if (report.instance_id == own_)
        return;
    const milliseconds recent = intervals * interval_of(report);
    if (from_unix_seconds(report.report_timestamp) + recent < now)
        return;
    other_ = "another agent reports as this node: ";
    other_ += report.hostname ? "on host " + in_quotes(*report.hostname) : "an unnamed host";
    other_ += report.instance_id ? ", instance " + in_quotes(*report.instance_id) : ", the original's";
    believed_until_ = now + recent;
}

std::optional<std::string> rival_watch::conflict(wall_time now) const
{
    return believed_until_ && now < *believed_until_ ? std::optional(other_) : std::nullopt;
}

} // namespace fleetman::agent
