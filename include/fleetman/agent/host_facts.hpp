#pragma once

#include <fleetman/agent/settings.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// What a heartbeat tells of the host besides its cells. What cannot be read is left out.

namespace fleetman::agent {

struct host_facts
{
    std::optional<std::string> hostname;
    std::optional<std::string> os; // "Debian GNU/Linux 12 (bookworm)"
    std::optional<std::string> boot_id;
    std::optional<std::int64_t> load_percent; // the load of the last minute, 100 for each process that runs or waits
    std::optional<std::int64_t> memory_total_bytes;
    std::optional<std::int64_t> memory_available_bytes;
    std::map<std::string, std::int64_t> disk_free_bytes; // by the folder that holds cells
};

// Blocks.
host_facts read_host_facts(const settings& with);

// PRETTY_NAME of os-release(5); nothing when there is none.
std::optional<std::string> os_name(std::string_view os_release);
// The first number of /proc/loadavg, in hundredths.
std::optional<std::int64_t> load_percent(std::string_view loadavg);
// "MemAvailable:   123 kB" of /proc/meminfo, in bytes.
std::optional<std::int64_t> memory_bytes(std::string_view meminfo, std::string_view name);

} // namespace fleetman::agent
