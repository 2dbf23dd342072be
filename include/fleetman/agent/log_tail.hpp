#pragma once

#include <fleetman/agent/layout.hpp>
#include <fleetman/model/manifest.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

// The ends of a failed service's log files, for its status.

namespace fleetman::agent {

inline constexpr std::uint64_t log_tail_bytes = std::uint64_t{256} * 1024;

using log_lines = std::map<std::string, std::optional<std::vector<std::string>>>;

// The last `max_log_lines` lines of each of the manifest's `log_files`, nothing for one that is missing; those whose
// path leaves the service folder are skipped. Only regular files are read, and no link is followed but ours into
// shared/: the service owns these folders, and must not make the agent publish a file that it may not read itself.
// Blocks.
log_lines read_log_tails(const cell_layout& layout, const std::string& release, const model::manifest& manifest);

// The last `count` lines of a text, as valid UTF-8 without control characters but tabs.
std::vector<std::string> last_lines(std::string_view text, std::size_t count);

} // namespace fleetman::agent
