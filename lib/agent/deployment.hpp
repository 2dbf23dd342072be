#pragma once

#include <fleetman/agent/carry.hpp>
#include <fleetman/agent/deploy.hpp>
#include <fleetman/agent/journal.hpp>
#include <fleetman/agent/record.hpp>

// The second half of a deployment, which recovering from a crash shares: from a staged release to a verdict.

namespace fleetman::agent {

// What unfinished() says of a disk that cannot be read.
inline constexpr std::string_view when_readable = "this goes on when it can be read";

// Switches to `to`, watches it, and goes back when it does not stay up. `now`: how the service is, when that is known
// already.
task<deploy_outcome> switch_and_verify(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to, std::optional<host::service_state> now = {});

// From the commit on, as above: for recovering from a crash behind it.
task<deploy_outcome> finish_switch(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to);

// Back from `failed` to `good`, by the same steps as forward; after a crash, once more from the first. `outcome` tells
// why, and gets how it ended.
task<deploy_outcome> go_back(const host_access& host, cell_layout layout, journal_entry journal, release_record failed,
    release_record good, deploy_outcome outcome);

// Before the commit nothing that runs was changed: the service is started again as it was, and then the stage
// discarded.
task<deploy_outcome> undo(
    const host_access& host, cell_layout layout, journal_entry journal, deploy_outcome outcome, bool may_retry);

// The release runs: drops the second names, sets aside what is in its way, forgets old releases and the journal.
// Returns a note for the operator, empty when there is nothing to say. Blocks.
result<std::string> conclude(const host_access& host, const cell_layout& layout, const journal_entry& journal,
    const std::optional<release_record>& from, release_record to);

// Before the commit: removes the staged release with its slot and scratch files. Blocks.
void discard_stage(const cell_layout& layout, const journal_entry& journal);

// Where files of a cell are set aside: `<base_dir>/backup/fleetman-<cell>-<stamp>`.
std::filesystem::path backup_folder(const host_access& host, const cell_layout& layout);

// How a deployment ends whose target runs.
ending ending_of(const journal_entry& journal);

// What conclude() said, for whoever hears of the deployment.
void tell_of_conclusion(const result<std::string>& note, deploy_outcome& outcome);

// The manager does not answer, so whether the release runs is not known; or the disk is full or cannot be read, and
// what runs may not be what should. The journal stays, and recover() goes on from where it is.
deploy_outcome unfinished(const cell_layout& layout, deploy_outcome outcome, const error& why,
    std::string_view goes_on = "this goes on when it answers again");

deploy_outcome outcome_of(const journal_entry& journal, const release_record& of);

} // namespace fleetman::agent
