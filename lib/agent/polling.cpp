#include <fleetman/agent/agent.hpp>
#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/log.hpp>

#include <algorithm>

namespace fleetman::agent {
namespace {

using namespace std::chrono_literals;

// How long polls list after a trigger that nobody rang for: the original's controller is at work.
constexpr auto listing_period = 24h;

} // namespace

task<void> agent::poll_loop()
{
    while (!stopping_) {
        const auto here = now_;
        polls_.due_back = here->host.time.steady_now() + longest_round;
        const result<void> done = co_await poll();
        count_poll(done);
        const milliseconds wait = polls_.rhythm.next(here->host.with.check_interval);
        if (!done)
            log::warning("agent", "poll-failed", {{"error", done.error().message()}, {"again_in", wait}});
        polls_.due_back += wait;
        (void)co_await polls_.wake.sleep(here->host.time, wait);
    }
}

// What a full disk did not take.
task<void> agent::catch_up()
{
    const auto here = now_; // also when it is configured anew meanwhile
    if (unsaved_)
        co_await save_state();
    const std::map<model::cell_id, model::run_profile> waiting = unconcluded_;
    for (const auto& [cell, profile] : waiting) {
        const profile_folders* const folders = here->host.with.folders_of(profile);
        if (!busy_.insert(cell).second)
            continue;
        const busy_mark busy(busy_, cell);
        if (folders == nullptr || co_await conclude_again(here->host, cell_layout(*folders, profile, cell)))
            unconcluded_.erase(cell);
    }
}

void agent::count_poll(const result<void>& done)
{
    ++tally_.polls;
    if (done) {
        polls_.rhythm.succeeded();
        tally_.last_success = now_->host.time.steady_now();
    } else {
        polls_.rhythm.failed();
        ++tally_.poll_failures;
        last_error_ = done.error().message();
    }
}

// The bell costs one request, however many cells there are; without one, or when it is time, everything is looked at.
task<result<void>> agent::poll()
{
    go_on_with_unfinished();
    const auto here = now_; // also when it is configured anew meanwhile
    co_await catch_up();
    const auto rung = co_await bucket::read_bell_if_changed(here->at, here->host.with.node, bell_.etag);
    const bool no_bell = !rung && rung.error().code() != errc::unavailable; // also when it must not be read
    if (!rung && !no_bell)
        co_return rung.error();
    const bool changed = rung && *rung;
    if (changed)
        log::info("agent", "bell-rung", {{"node", here->host.with.node.str()}});
    judge_suspicion(changed);
    const auto now = here->host.time.steady_now();
    const bool due = look_again_ || now >= next_sweep_ || !missing_.empty() || is_retry_due(now);
    if (!no_bell && !changed && !due && now >= bell_.list_until)
        co_return result<void>();
    look_again_ = false;
    bell_.found_unrung = false;
    const result<void> swept = co_await sweep();
    if (here != now_) // another store's bell, perhaps: all of it is looked at afresh
        co_return result<void>();
    bell_.suspicion = bell_.found_unrung && !changed && !no_bell; // of those that could be read, if not all could be
    if (!swept) {
        look_again_ = true;
        co_return swept;
    }
    bell_.etag = changed ? (*rung)->info.etag : no_bell ? std::string() : bell_.etag;
    next_sweep_ = here->host.time.steady_now() + pace().next(here->host.with.discovery_interval);
    co_return result<void>();
}

bool agent::is_retry_due(std::chrono::steady_clock::time_point now) const
{
    return std::any_of(retries_.begin(), retries_.end(), [&](const auto& one) {
        // Those that are being worked on are looked at when that has ended; unfinished ones need no look at the bucket.
        return now >= one.second.not_before && !busy_.contains(one.first) && !unfinished_.contains(one.first);
    });
}

// A controller of ours rings right after it wrote a trigger: one that a sweep found first is rung for by the next poll.
void agent::judge_suspicion(bool rung)
{
    if (bell_.suspicion && !rung) {
        const auto now = now_->host.time.steady_now();
        if (now >= bell_.list_until)
            log::info("agent", "polling-by-listing", {{"why", "a trigger was written that nobody rang for"}});
        bell_.list_until = now + listing_period;
    }
    bell_.suspicion = false;
}

// Whether a trigger is another than at the last look.
void agent::note_writing(const model::cell_id& cell, const std::optional<trigger_identity>& read)
{
    const auto before = bell_.writings.find(cell);
    const bool could_tell = before == bell_.writings.end() || before->second.has_value();
    if (read && could_tell && (before == bell_.writings.end() || before->second != read))
        bell_.found_unrung = true;
    bell_.writings[cell] = read;
}

} // namespace fleetman::agent
