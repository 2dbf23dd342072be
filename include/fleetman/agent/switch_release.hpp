#pragma once

#include <fleetman/agent/host_access.hpp>
#include <fleetman/agent/journal.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/record.hpp>

#include <functional>
#include <optional>
#include <string>

// Makes another release the running one: stop, carry over, commit by one rename, start. Going forward and rolling back
// are the same steps. docs/agent.md tells why a power cut between any two of them boots one whole release.

namespace fleetman::agent {

class release_switch
{
public:
    // `journal.from` and `.to` must name the two releases. `from` is nothing for a first deployment. `enabled`: as
    // service_state tells of it now.
    release_switch(const host_access& host, cell_layout layout, journal_entry journal,
        std::optional<release_record> from, release_record to, std::optional<bool> enabled = {});

    // From wherever the journal says to a service that was told to start. On failure committed() tells which of the two
    // releases the host would boot now. Not cancelled on the way, see departure.hpp; throws operation_aborted before
    // the first step or behind the last one when the agent ends.
    task<result<void>> run();

    // The part of run() behind the commit: for recovering from a crash there.
    task<result<void>> finish_commit();

    bool committed() const noexcept { return committed_; }
    // The commit failed, and what it did cannot be read just now: the journal must stay.
    bool undecided() const noexcept { return undecided_; }
    // The service may be down: it was told to stop.
    bool stop_asked() const noexcept { return stop_asked_; }
    bool stopped() const noexcept { return stopped_; } // the manager says so
    // The manager says that the definition is wrong. One that stays installed may keep it from taking any other.
    bool refused() const noexcept { return refused_; }
    // It failed because the manager does not answer, which says nothing about either release.
    bool manager_away() const noexcept { return manager_away_; }
    // A switch that was begun before may have committed and come no further: whatever is installed is loaded.
    void load_anyway() noexcept { load_anyway_ = true; }
    const journal_entry& journal() const noexcept { return journal_; }

private:
    task<result<void>> order(std::string doing, std::function<task<result<void>>(host::service_manager&)> what);
    task<result<void>> switch_over();
    task<result<void>> stop();
    task<void> start_again();
    task<result<void>> load();
    void look_who_decides();
    result<void> prepare();
    result<void> carry_over();
    result<void> commit();
    result<void> align();
    result<void> note(step reached);

    const host_access& host_;
    cell_layout layout_;
    journal_entry journal_;
    std::optional<release_record> from_;
    release_record to_;
    bool committed_ = false;
    bool undecided_ = false;
    bool gave_up_ = false; // to wait for the stop, since the agent ends
    bool stop_asked_ = false;
    bool stopped_ = false;
    bool refused_ = false;
    bool manager_away_ = false;
    bool load_anyway_ = false;
    bool definition_changed_ = true;
    bool start_at_boot_changed_ = true; // what the definition says of it
    std::optional<bool> enabled_;
};

// Which of two releases decides on disk: the text of the installed definition, or the slot when both have the same.
// Nothing when neither does. Fails when the definition is there and cannot be read. Blocks.
result<std::optional<std::string>> deciding_release(
    const cell_layout& layout, const std::optional<release_record>& from, const release_record& to);

// Points the live path at the slot of `to`, if it does not already. Blocks.
result<void> align_live_path(const cell_layout& layout, const release_record& to);

} // namespace fleetman::agent
