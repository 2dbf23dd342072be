#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/departure.hpp>
#include <fleetman/agent/orphans.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/memory.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::agent {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t instance_bytes = 8;
constexpr milliseconds shortest_heartbeat = 1s;

} // namespace

agent::agent(const host_access& host, bucket::location at, boost::asio::any_io_executor executor, std::string version)
    : agent(std::make_shared<surroundings>(surroundings{host, std::move(at)}), std::move(executor), std::move(version))
{}

agent::agent(std::shared_ptr<const surroundings> here, boost::asio::any_io_executor executor, std::string version)
    : now_(std::move(here)), version_(std::move(version)), instance_(random_hex(instance_bytes)),
      places_(executor, now_->host.with.max_parallel), saving_(executor, 1), loops_(executor, "agent-loop"),
      deployments_(executor, "deployment"), polls_(executor), heartbeats_(executor), stop_asked_(executor),
      rivals_(instance_)
{
    polls_.due_back = heartbeats_.due_back = now_->host.time.steady_now() + longest_round;
}

agent::~agent() = default;

task<result<void>> agent::start()
{
    const auto here = now_; // also when it is configured anew meanwhile
    result<agent_state> read = co_await here->host.workers.run(
        [&] { return load_agent_state(here->host.with.base_dir, here->host.with.node); });
    if (!read)
        co_return read.error();
    state_ = *std::move(read);
    if (!state_.store_identity.empty() && state_.store_identity != here->host.with.store_identity)
        forget_triggers();
    if (const result<void> found = co_await find_unfinished(); !found)
        co_return found;
    // Of the other cells: those have a journal still, or see to it themselves (finish_cell).
    co_await here->host.workers.run([&] {
        remove_orphans(here->host.with);
        return true;
    });
    co_return result<void>();
}

task<void> agent::run()
{
    log::info("agent", "started",
        {{"node", now_->host.with.node.str()}, {"version", version_}, {"instance", instance_},
            {"cells", state_.cells.size()}});
    loops_.spawn(heartbeat_loop());
    loops_.spawn(poll_loop());
    loops_.spawn(request_loop());
    loops_.spawn(watch_loop());
    loops_.spawn(housekeeping_loop());
    while (!stopping_)
        (void)co_await stop_asked_.sleep(now_->host.time, std::chrono::hours(24));
    co_await loops_.drain(0ms);
    co_await deployments_.drain(now_->host.with.stop_grace);
    log::info("agent", "ended");
}

void agent::stop()
{
    stopping_ = true;
    if (departure* const leaving = now_->host.leaving)
        leaving->announce(now_->host.with.stop_grace);
    log::info("agent", "stopping", {{"deployments", deployments_.size()}});
    stop_asked_.ring();
}

task<void> agent::heartbeat_loop()
{
    while (!stopping_) {
        const auto here = now_;
        heartbeats_.due_back = here->host.time.steady_now() + longest_round;
        if (const result<void> sent = co_await report(); !sent) {
            heartbeats_.rhythm.failed();
            log::warning("agent", "heartbeat-failed", {{"error", sent.error().message()}});
        } else {
            heartbeats_.rhythm.succeeded();
        }
        if (busy_.empty())
            host::give_back_memory();
        const milliseconds wait = heartbeats_.rhythm.next(here->host.with.heartbeat_interval);
        heartbeats_.due_back += wait;
        co_await here->host.time.sleep(std::min(wait, shortest_heartbeat)); // many changes at once are one heartbeat
        (void)co_await heartbeats_.wake.sleep(here->host.time, wait - std::min(wait, shortest_heartbeat));
    }
}

// A store that is down is not asked more often because of a change.
void agent::note_change()
{
    if (!heartbeats_.rhythm.failing())
        heartbeats_.wake.ring();
}

bool agent::makes_progress() const
{
    const auto now = now_->host.time.steady_now();
    return now < polls_.due_back && now < heartbeats_.due_back;
}

std::string agent::summary() const
{
    std::string text = std::to_string(state_.cells.size()) + " cells";
    if (!busy_.empty())
        text += ", " + std::to_string(busy_.size()) + " being worked on";
    const auto failed = std::count_if(state_.cells.begin(), state_.cells.end(),
        [](const auto& cell) { return cell.second.handled && !cell.second.success; });
    if (failed > 0)
        text += ", " + std::to_string(failed) + " with a failed deployment";
    return text + (polls_.rhythm.failing() ? ", the store does not answer" : ", the store answers");
}

// Triggers of another bucket are other triggers, even where all three of their marks are the same.
void agent::forget_triggers()
{
    for (auto& [cell, known] : state_.cells)
        known.handled = std::nullopt;
    retries_.clear();
    missing_.clear();
    bell_ = {};
    written_report_.clear();
}

// A cell that is gone: one of that name that comes later is a new one.
void agent::forget(const model::cell_id& cell)
{
    state_.cells.erase(cell);
    retries_.erase(cell);
    unfinished_.erase(cell);
    undone_.erase(cell);
    missing_.erase(cell);
    unconcluded_.erase(cell);
}

void agent::reconfigure(std::shared_ptr<const surroundings> here)
{
    const bool another_store = here->host.with.store_identity != now_->host.with.store_identity;
    now_ = std::move(here);
    if (another_store)
        forget_triggers();
    places_.resize(now_->host.with.max_parallel);
    look_again_ = true;
    polls_.rhythm.succeeded(); // what failed with the old settings says nothing about the new ones
    heartbeats_.rhythm.succeeded();
    polls_.wake.ring();
    heartbeats_.wake.ring();
}

task<void> agent::save_state()
{
    const limiter::place turn = co_await saving_.enter(); // two at once would write into one scratch file
    const auto here = now_;                               // also when it is configured anew meanwhile
    state_.store_identity = here->host.with.store_identity;
    const std::string text = serialize(state_);
    const std::filesystem::path file = state_file(here->host.with.base_dir, here->host.with.node);
    const result<void> written =
        co_await here->host.prompt().run([&] { return host::write_file_durably(file, text, 0600); });
    if (!written && !unsaved_)
        log::error("agent", "state-not-saved", {{"error", written.error().message()}});
    unsaved_ = !written;
}

task<void> agent::idle()
{
    co_await deployments_.drain(std::chrono::hours(1));
}

task<result<agent::cycle>> agent::once()
{
    next_sweep_ = {};
    go_on_with_unfinished();
    co_await idle(); // also for what start() began
    result<void> looked = co_await sweep();
    co_await idle();
    if (looked && !missing_.empty()) { // gone is what was absent twice, an interval apart
        co_await now_->host.time.sleep(now_->host.with.check_interval);
        looked = co_await sweep();
        co_await idle();
    }
    cycle seen = std::exchange(counted_, {});
    seen.pending = retries_.size();
    co_await clear_up();
    if (const result<void> sent = co_await report(); !sent)
        co_return sent.error();
    if (!looked)
        co_return looked.error();
    co_return seen;
}

} // namespace fleetman::agent
