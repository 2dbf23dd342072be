#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/model/documents.hpp>

#include <optional>
#include <string>

// Notices that another agent reports under this node's name: two of them would undo each other's work. Each finds the
// other's report where it had left its own. Pure.

namespace fleetman::agent {

class rival_watch
{
public:
    // `own` is this agent's instance.
    explicit rival_watch(std::string own) : own_(std::move(own)) {}

    // What stands where this agent had written its report, and when that was read.
    void found(const model::agent_report& report, wall_time now);

    // A sentence while the other was seen in the last three of its intervals; nothing otherwise.
    std::optional<std::string> conflict(wall_time now) const;

private:
    std::string own_;
    std::string other_;
    std::optional<wall_time> believed_until_;
};

} // namespace fleetman::agent
