#pragma once

#include <fleetman/agent/record.hpp>
#include <fleetman/core/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How long what is no longer used stays on the disk, decided without looking at it: old releases by their number and
// their size, backups by their age.

namespace fleetman::agent {

struct stored_release
{
    std::string name;
    std::uint64_t bytes{};
    bool verified = false;
    bool holds_files = false; // of the service, see record.hpp
};

stored_release stored(const release_record& record);

// As its version came from the store. What its service wrote is not counted: it is shared with the release that runs,
// and does not go with an old one.
std::uint64_t bytes_of(const release_record& record);

struct release_limits
{
    std::size_t count;   // beside the running one
    std::uint64_t bytes; // beside the running one and the one to go back to
};

// Which of `oldest_first` go, oldest first. `running` and `left`, the release that ran before (it may be the same, or
// one that failed), stay, and so does what holds files of the service. Of the others those stay that ran once, the
// newest first, within both limits; the one to go back to, that is the newest that ran beside `running`, is dropped
// for its number only, never for its size.
std::vector<std::string> releases_to_forget(const std::vector<stored_release>& oldest_first, const std::string& running,
    const std::string& left, release_limits limits);

// When a folder of backup/ that bears one of our names was made; nothing for any other name.
// "fleetman-api-20260105-100000-123" → that moment, local time.
std::optional<wall_time> backup_made_at(std::string_view name);

} // namespace fleetman::agent
