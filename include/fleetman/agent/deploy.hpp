#pragma once

#include <fleetman/agent/host_access.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/log_tail.hpp>
#include <fleetman/agent/plan.hpp>
#include <fleetman/bucket/location.hpp>

#include <memory>
#include <optional>
#include <string>

// One deployment from trigger to verdict, as a transaction: everything that can fail happens beside the running
// release, then one rename switches, and a release that does not stay up is switched back.

namespace fleetman::agent {

class newer_trigger;

struct deploy_request
{
    model::cell_ref cell;
    model::version version;
    trigger_identity trigger;
    std::shared_ptr<newer_trigger> newer{}; // ends it while it still stages; may be null
};

enum class ending
{
    deployed,
    rolled_back, // the one before runs again
    stopped,     // failed, and there was none to go back to
    failed,      // failed before anything was touched, or left as it is on request
    postponed,   // as failed, but worth trying again: the network, a store that is down, a full disk
    unfinished,  // the service manager does not answer: what runs is not known, and recover() goes on from the journal
    superseded   // by deploy_request::newer, before anything was touched
};

std::string_view to_string(ending value);

struct deploy_outcome
{
    agent::ending ending = agent::ending::failed;
    std::string error; // why, unless deployed
    std::string note;  // what an operator should hear even so: files set aside
    std::optional<model::manifest_name> manifest;
    std::optional<model::run_profile> profile;
    std::optional<model::version> running; // what is live now
    std::optional<model::version> attempted;
    trigger_identity trigger;
    log_lines logs;
    std::uint64_t downloaded_bytes = 0;
    bool unconcluded = false; // it runs, but the disk had no room for the last notes: conclude_again()
};

task<deploy_outcome> deploy(const host_access& host, bucket::location at, deploy_request request);

// Finishes or undoes what a killed agent left half done. Nothing when there was nothing. An outcome is due a report
// like that of deploy(); one that is unfinished means that the journal is still there. After nothing the trigger must
// be acted on afresh.
task<std::optional<deploy_outcome>> recover(const host_access& host, cell_layout layout);

// Clears up behind a release that runs, where that could not be done when it was found to. Nothing to do is fine.
task<result<void>> conclude_again(const host_access& host, cell_layout layout);

} // namespace fleetman::agent
