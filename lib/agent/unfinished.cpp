#include "patience.hpp"

#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/journal.hpp>
#include <fleetman/agent/orphans.hpp>
#include <fleetman/host/folder.hpp>

#include <utility>

namespace fleetman::agent {
namespace {

// In which layouts the cell has a journal. Profiles may share a folder, and then it is the journal of one of them.
std::vector<cell_layout> journaled_layouts(const settings& with, const model::cell_id& cell)
{
    std::vector<cell_layout> all;
    for (const auto profile : deployable_profiles)
        if (const profile_folders* const folders = with.folders_of(profile))
            if (cell_layout layout(*folders, profile, cell); has_journal(layout))
                all.push_back(std::move(layout));
    return all;
}

result<std::set<model::cell_id>> journaled_cells(const settings& with)
{
    std::set<model::cell_id> all;
    for (const auto profile : deployable_profiles) {
        const profile_folders* const folders = with.folders_of(profile);
        if (folders == nullptr)
            continue;
        const auto stores = host::folder::open(folders->services / store_folder);
        if (!stores && stores.error().code() == errc::not_found)
            continue;
        const auto names = stores ? stores->names() : result<std::vector<std::string>>(stores.error());
        if (!names)
            return names.error().within("what was interrupted cannot be told");
        for (const std::string& name : *names)
            if (const auto cell = model::cell_id::load(name); cell && has_journal({*folders, profile, *cell}))
                all.insert(*cell);
    }
    return all;
}

} // namespace

// None of them is deployed before it is recovered, whatever keeps that from coming to its end.
task<result<void>> agent::find_unfinished()
{
    const auto here = now_; // also when it is configured anew meanwhile
    auto found = co_await here->host.workers.run([&] { return journaled_cells(here->host.with); });
    if (!found)
        co_return found.error();
    unfinished_ = *std::move(found);
    go_on_with_unfinished();
    co_return result<void>();
}

// Beside one another, as deployments are: each may wait for its service, or for its service manager. Needs no store.
void agent::go_on_with_unfinished()
{
    for (const model::cell_id& cell : unfinished_) {
        const auto again = retries_.find(cell);
        const bool early = again != retries_.end() && now_->host.time.steady_now() < again->second.not_before;
        if (early || !busy_.insert(cell).second)
            continue;
        deployments_.spawn(finish_cell(cell));
    }
}

task<void> agent::finish_cell(model::cell_id cell)
{
    const auto here = now_;            // also when it is configured anew meanwhile
    const busy_mark busy(busy_, cell); // entered by go_on_with_unfinished()
    const limiter::place place = co_await places_.enter();
    leave_if_told(here->host);
    const std::vector<cell_layout> layouts =
        co_await here->host.prompt().run([&] { return journaled_layouts(here->host.with, cell); });
    std::optional<deploy_outcome> outcome;
    for (const cell_layout& layout : layouts)
        if (!outcome)
            outcome = co_await recover(here->host, layout);
    unfinished_.erase(cell);
    if (outcome) {
        co_await apply(cell, *std::move(outcome)); // which enters it again, if it is still so
    } else {
        retries_.erase(cell);
        if (!layouts.empty())
            undone_.insert(cell);
    }
    look_again_ =
        look_again_ || !unfinished_.contains(cell); // a newer trigger, or the same afresh, can be acted on now
    co_await here->host.workers.run([&] {
        for (const cell_layout& layout : layouts)
            remove_orphans(layout); // unless there is a journal
        return true;
    });
    note_change();
}

} // namespace fleetman::agent
