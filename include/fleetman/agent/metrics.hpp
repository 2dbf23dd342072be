#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

// The agent's figures as Prometheus' text format 0.0.4, for a textfile collector. Pure.

namespace fleetman::agent {

struct metrics
{
    std::map<std::string, std::uint64_t> deployments; // since the start, by how they ended
    std::uint64_t polls = 0;
    std::uint64_t poll_failures = 0;
    std::uint64_t downloaded_bytes = 0;
    std::map<std::string, std::uint64_t> cells;          // now, by state
    std::optional<std::int64_t> seconds_since_last_poll; // that succeeded
    std::optional<std::int64_t> resident_bytes;
};

std::string as_prometheus_text(const metrics& value);

// From /proc/self/statm. Blocks, for no time.
std::optional<std::int64_t> resident_bytes();

} // namespace fleetman::agent
