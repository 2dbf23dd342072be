#include <fleetman/agent/agent.hpp>

#include <utility>

namespace fleetman::agent {

// Needs no store: what is missing is a service manager.
void agent::go_on_with_unfinished()
{
    for (const auto& [cell, profile] : unfinished_) {
        const auto again = retries_.find(cell);
        const bool early = again != retries_.end() && now_->host.time.steady_now() < again->second.not_before;
        const profile_folders* const folders = now_->host.with.folders_of(profile);
        if (early || stopping_ || folders == nullptr || !busy_.insert(cell).second)
            continue;
        deployments_.spawn(finish_cell(cell_layout(*folders, profile, cell)));
    }
}

task<void> agent::finish_cell(cell_layout layout)
{
    const auto here = now_; // also when it is configured anew meanwhile
    const model::cell_id& cell = layout.cell();
    const busy_mark busy(busy_, cell); // entered by go_on_with_unfinished()
    const limiter::place place = co_await places_.enter();
    std::optional<deploy_outcome> outcome = co_await recover(here->host, layout);
    unfinished_.erase(cell);
    if (outcome) {
        co_await apply(cell, *std::move(outcome)); // which enters it again, if it is still so
    } else {
        retries_.erase(cell);
        undone_.insert(cell);
    }
    look_again_ =
        look_again_ || !unfinished_.contains(cell); // a newer trigger, or the same afresh, can be acted on now
    note_change();
}

} // namespace fleetman::agent
