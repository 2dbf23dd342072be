#pragma once

#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/plan.hpp>

#include <optional>
#include <string>
#include <vector>

// What a switch has done so far, so that after a kill or a power cut the agent finishes or undoes it. The journal only
// tells what was meant; what holds is read from the names on disk (docs/agent.md, "Recovery").

namespace fleetman::agent {

enum class step
{
    staging,  // a release is being built; nothing that runs was touched
    stopping, // the service is being stopped, or is down; the old release still decides
    ready,    // what the service wrote is reachable in the target; the next rename commits
    switched, // the target decides; it is being started and watched
    verified  // the target runs; only clearing up is left
};

std::string_view to_string(step value);

struct journal_entry
{
    step at = step::staging;
    bool rolling_back = false;
    bool by_hand = false; // an operator asked for `to`, a release that was here already
    std::string from;     // the release that was live; empty when there was none
    std::string to;
    bool was_running = false;
    std::string reason;                 // of a rollback: why the release failed, or who asked
    std::string failed_version;         // likewise
    std::vector<std::string> carried;   // names of the service's that `to` got, and `from` still has
    std::vector<std::string> conflicts; // names of the service's that only `from` has
    std::string version;                // of the trigger that asked for this
    trigger_identity trigger;
    std::optional<model::run_profile> profile{}; // of the layout that it was written to; nothing: an earlier agent's
};

std::string serialize(const journal_entry& value);
result<journal_entry> parse_journal(std::string_view json);

// All of these block. A journal that makes no sense counts as none, for the names on disk still tell the truth; one
// that cannot be read just now is an error. What is written bears the layout's profile: two profiles may share a folder
// of services, and with it the journal. Where there was room for the first note of a deployment, there is for its later
// ones, however full the disk is by then. With the journal goes the definition that was kept for a way back.
// Writing fails with too_large, before anything is written, when it could not be read again.
result<void> write_journal(const cell_layout& layout, const journal_entry& value);
result<std::optional<journal_entry>> read_journal(const cell_layout& layout);
result<void> remove_journal(const cell_layout& layout);
// Also true where that cannot be told: nothing may be written over it then.
bool has_journal(const cell_layout& layout);

} // namespace fleetman::agent
