#include "absence.hpp"
#include "patience.hpp"

#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/removal.hpp>
#include <fleetman/core/log.hpp>

#include <utility>

namespace fleetman::agent {
namespace {

constexpr unsigned polls_until_gone = 2;

} // namespace

// A cell that the agent knows and the bucket does not. Nothing is removed because a store is empty, new or the wrong
// one: its trigger must be gone twice, and something must show that this is the bucket that once had it. A trigger that
// could not be read shows nothing: a bucket of someone else's may answer 403 to every key.
task<void> agent::look_for_missing(std::set<model::cell_id> present, bool one_was_read)
{
    const auto here = now_; // also when it is configured anew meanwhile
    std::vector<model::cell_id> absent;
    for (const auto& [cell, known] : state_.cells) {
        if (present.contains(cell))
            continue;
        if (busy_.contains(cell))
            look_again_ = true; // what is under way ends first
        else
            absent.push_back(cell);
    }
    for (const model::cell_id& cell : present)
        missing_.erase(cell);
    std::erase_if(bell_.writings, [&](const auto& one) { return !present.contains(one.first); });

    for (const model::cell_id& cell : absent) {
        const model::cell_ref ref{here->host.with.node, cell};
        const std::string key = here->at.keys.trigger(ref);
        const auto trigger = co_await here->at.store->head(key);
        if (trigger || !co_await says_absent(here->at.store, key, trigger.error())) {
            look_again_ = true;
            missing_.erase(cell); // not gone, or not known to be
            continue;
        }
        if (++missing_[cell] < polls_until_gone)
            continue;
        const bool proven = co_await proven_deleted(ref, one_was_read);
        missing_.erase(cell);
        if (!proven) {
            cell_state& known = state_.cells[cell];
            if (known.state != unmanaged_state)
                log::warning("agent", "cell-unmanaged", {{"cell", cell.str()}});
            enter_state(known, unmanaged_state);
            continue;
        }
        if (busy_.insert(cell).second)
            deployments_.spawn(remove_missing(cell));
    }
}

task<bool> agent::proven_deleted(model::cell_ref cell, bool another_was_read)
{
    const auto here = now_; // also when it is configured anew meanwhile
    if (another_was_read)
        co_return true;
    const auto page = co_await here->at.store->list({.prefix = here->at.keys.recycled_cells(cell), .max_keys = 1});
    co_return page && !page->objects.empty();
}

void agent::not_removed(const model::cell_id& cell, const error& why)
{
    ++counted_.failed;
    last_error_ = cell.str() + ": not removed: " + why.message();
    log::error("agent", "cell-not-removed", {{"cell", cell.str()}, {"error", why.message()}});
}

task<void> agent::remove_missing(model::cell_id cell)
{
    const auto here = now_;            // also when it is configured anew meanwhile
    const busy_mark busy(busy_, cell); // entered by look_for_missing()
    const limiter::place place = co_await places_.enter();
    leave_if_told(here->host);
    const cell_state known = state_.cells[cell];
    const profile_folders* const folders = known.profile ? here->host.with.folders_of(*known.profile) : nullptr;
    bool gone = folders == nullptr; // never installed by us, or no longer configured: nothing to take away
    if (folders != nullptr) {
        const cell_layout layout(*folders, *known.profile, cell);
        const auto removed = co_await remove_cell(here->host, layout);
        gone = removed.has_value();
        if (removed)
            log::info("agent", "cell-removed", {{"cell", cell.str()}, {"backup", removed->string()}});
        else
            not_removed(cell, removed.error());
    }
    if (gone) {
        forget(cell);
        co_await save_state();
    }
    note_change();
}

} // namespace fleetman::agent
