#include "absence.hpp"

#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/removal.hpp>
#include <fleetman/agent/rollback.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/host/folder_watch.hpp>

#include <utility>

namespace fleetman::agent {
namespace {

using namespace std::chrono_literals;
constexpr milliseconds request_pause = 10s; // at most: what is asked is seen at once, where folders can be watched
constexpr mode_t requests_mode = 0700;

error busy_with(const model::cell_id& cell)
{
    return error(errc::conflict, "a deployment of " + cell.str() + " is under way; try again when it has ended");
}

// For the operator who asked.
std::string told(
    const model::cell_id& cell, const release_record& now, const deploy_outcome& outcome, bool trigger_known)
{
    std::string text = cell.str() + " is at " + now.version().str() + " (" + now.name + ')';
    if (!outcome.note.empty())
        text += "; " + outcome.note;
    if (!trigger_known)
        text += "; this agent has not seen a trigger of the cell, so its next poll decides afresh";
    return text;
}

} // namespace

task<result<std::string>> agent::roll_back(model::cell_id cell, std::string release)
{
    const auto here = now_; // also when it is configured anew meanwhile
    if (!busy_.insert(cell).second)
        co_return busy_with(cell);
    const busy_mark busy(busy_, cell);
    const result<cell_layout> layout =
        co_await here->host.workers.run([&] { return find_cell(here->host.with, cell); });
    if (!layout)
        co_return layout.error();
    const auto target = co_await here->host.workers.run([&] { return choose_release(*layout, release); });
    if (!target)
        co_return target.error();
    const cell_state& known = state_.cells[cell];
    const dealt_with before{known.handled, known.wanted};
    log::info("agent", "rollback-by-hand", {{"cell", cell.str()}, {"release", target->name}});
    const result<deploy_outcome> outcome =
        co_await fleetman::agent::roll_back(here->host, *layout, target->name, before);
    if (!outcome)
        co_return outcome.error();
    co_await apply(cell, *outcome);
    const auto live = co_await here->host.workers.run([&] { return live_release(*layout); });
    const bool there = live && *live && (*live)->name == target->name;
    if (!there || (outcome->ending != ending::deployed && outcome->ending != ending::rolled_back))
        co_return error(errc::failed, outcome->error);
    co_return told(cell, *target, *outcome, before.trigger.has_value());
}

// A cell that the bucket still wants would be back at the next poll.
task<result<void>> agent::may_remove(model::cell_id cell)
{
    const auto here = now_; // also when it is configured anew meanwhile
    const std::string key = here->at.keys.trigger({here->host.with.node, cell});
    const auto trigger = co_await here->at.store->head(key);
    if (trigger)
        co_return error(errc::conflict,
            "the bucket has a trigger for " + cell.str() + "; delete the cell in the controller, and it is removed");
    if (state_.cells[cell].state == unmanaged_state || co_await says_absent(here->at.store, key, trigger.error()))
        co_return result<void>();
    co_return trigger.error().within("whether the bucket still has a trigger for " + cell.str() + " is not known");
}

task<result<std::string>> agent::remove(model::cell_id cell, bool forced)
{
    const auto here = now_; // also when it is configured anew meanwhile
    if (!busy_.insert(cell).second)
        co_return busy_with(cell);
    const busy_mark busy(busy_, cell);
    const bool remembered = state_.cells.contains(cell);
    std::optional<cell_layout> layout;
    if (const auto found = co_await here->host.workers.run([&] { return find_cell(here->host.with, cell); }))
        layout = *found;
    else if (remembered && state_.cells[cell].profile)
        if (const profile_folders* const folders = here->host.with.folders_of(*state_.cells[cell].profile))
            layout.emplace(*folders, *state_.cells[cell].profile, cell);
    if (!layout && !remembered)
        co_return error(errc::not_found, "there is no cell " + cell.str() + " here");
    if (!forced)
        if (const result<void> allowed = co_await may_remove(cell); !allowed)
            co_return allowed.error();

    std::filesystem::path backup;
    if (layout) {
        const auto removed = co_await remove_cell(here->host, *layout);
        if (!removed)
            co_return removed.error();
        backup = *removed;
    }
    log::info("agent", "cell-removed", {{"cell", cell.str()}, {"backup", backup.string()}, {"by_hand", true}});
    forget(cell);
    co_await save_state();
    note_change();
    co_return cell.str() + " is removed" + (backup.empty() ? "" : "; its files are in " + backup.string());
}

task<void> agent::request_loop()
{
    const auto here = now_; // also when it is configured anew meanwhile
    const auto executor = co_await boost::asio::this_coro::executor;
    while (!stopping_) {
        const std::filesystem::path folder = requests_folder(here->host.with);
        (void)co_await here->host.workers.run([&] { return host::folder::make_all(folder, requests_mode); });
        host::folder_watch watch(executor, folder);
        const std::vector<taken_request> taken =
            co_await here->host.prompt().run([&] { return take_requests(here->host.with, here->host.time.now()); });
        for (const taken_request& one : taken)
            deployments_.spawn(fulfil(one));
        co_await watch.wait(request_pause);
    }
}

task<void> agent::fulfil(taken_request asked)
{
    const auto here = now_; // also when it is configured anew meanwhile
    const request& wanted = asked.wanted;
    const result<std::string> done = wanted.what == request::kind::remove
                                         ? co_await remove(wanted.cell, wanted.forced)
                                         : co_await roll_back(wanted.cell, wanted.release);
    const answer said{done.has_value(), done ? *done : done.error().message()};
    const result<void> written =
        co_await here->host.prompt().run([&] { return write_answer(here->host.with, asked.id, said); });
    if (!written)
        log::warning("agent", "request-not-answered", {{"error", written.error().message()}});
}

} // namespace fleetman::agent
