#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/orphans.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::agent {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds longest_backoff = 5min;
constexpr milliseconds stop_grace = 5s; // of the 10 s in which the agent must have ended
constexpr std::size_t instance_bytes = 8;
constexpr unsigned jitter_divisor = 10;

// Up to a tenth more, so that the agents of a fleet do not ask all at once.
milliseconds jittered(milliseconds interval)
{
    return interval + milliseconds(random_below(static_cast<std::uint64_t>(interval.count()) / jitter_divisor + 1));
}

// Every cell of a profile that has a journal.
std::vector<cell_layout> interrupted_cells(const settings& with)
{
    std::vector<cell_layout> all;
    for (const auto profile :
        {model::run_profile::systemd, model::run_profile::supervisor, model::run_profile::deploy}) {
        const profile_folders* const folders = with.folders_of(profile);
        const auto stores = folders != nullptr ? host::folder::open(folders->services / store_folder)
                                               : result<host::folder>(error(errc::not_found, ""));
        const auto names = stores ? stores->names() : result<std::vector<std::string>>(stores.error());
        if (!names)
            continue;
        for (const std::string& name : *names)
            if (const auto cell = model::cell_id::load(name)) {
                cell_layout layout(*folders, profile, *cell);
                std::error_code unknown;
                if (std::filesystem::exists(layout.journal(), unknown))
                    all.push_back(std::move(layout));
            }
    }
    return all;
}

} // namespace

agent::agent(const host_access& host, bucket::location at, boost::asio::any_io_executor executor, std::string version)
    : host_(host), at_(std::move(at)), version_(std::move(version)), instance_(random_hex(instance_bytes)),
      places_(executor, host.with.max_parallel), saving_(executor, 1), loops_(executor, "agent-loop"), deployments_(executor, "deployment"),
      changed_(executor), stop_asked_(executor, std::chrono::steady_clock::time_point::max())
{}

agent::~agent() = default;

task<result<void>> agent::start()
{
    result<agent_state> read =
        co_await host_.workers.run([&] { return load_agent_state(host_.with.base_dir, host_.with.node); });
    if (!read)
        co_return read.error();
    state_ = *std::move(read);
    // Triggers of another bucket are other triggers, even where all three of their marks are the same.
    if (!state_.store_identity.empty() && state_.store_identity != host_.with.store_identity)
        for (auto& [cell, known] : state_.cells)
            known.handled = std::nullopt;
    const std::vector<cell_layout> interrupted =
        co_await host_.workers.run([&] { return interrupted_cells(host_.with); });
    for (const cell_layout& layout : interrupted)
        co_await recover_cell(layout);
    co_await host_.workers.run([&] {
        remove_orphans(host_.with);
        return true;
    });
    co_return result<void>();
}

task<void> agent::recover_cell(cell_layout layout)
{
    std::optional<deploy_outcome> outcome = co_await recover(host_, layout);
    if (outcome)
        co_await apply(layout.cell(), *std::move(outcome));
}

task<void> agent::run()
{
    log::info("agent", "started",
        {{"node", host_.with.node.str()}, {"version", version_}, {"instance", instance_},
            {"cells", state_.cells.size()}});
    loops_.spawn(heartbeat_loop());
    loops_.spawn(poll_loop());
    loops_.spawn(request_loop());
    while (!stopping_)
        co_await stop_asked_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_await loops_.drain(0ms);
    co_await deployments_.drain(stop_grace);
    log::info("agent", "ended");
}

void agent::stop()
{
    stopping_ = true;
    log::info("agent", "stopping", {{"deployments", deployments_.size()}});
    stop_asked_.cancel();
}

task<void> agent::poll_loop()
{
    milliseconds backoff = 0ms;
    while (!stopping_) {
        const result<void> done = co_await poll();
        if (done) {
            backoff = 0ms;
        } else {
            backoff = std::min(std::max(backoff * 2, host_.with.check_interval), longest_backoff);
            log::warning("agent", "poll-failed", {{"error", done.error().message()}, {"again_in", backoff}});
        }
        co_await host_.time.sleep(jittered(std::max(backoff, host_.with.check_interval)));
    }
}

task<void> agent::heartbeat_loop()
{
    while (!stopping_) {
        if (const result<void> sent = co_await report(); !sent)
            log::warning("agent", "heartbeat-failed", {{"error", sent.error().message()}});
        changed_.expires_after(jittered(host_.with.heartbeat_interval));
        co_await changed_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

void agent::note_change()
{
    changed_.cancel();
}

task<void> agent::save_state()
{
    const limiter::place turn = co_await saving_.enter(); // two at once would write into one scratch file
    state_.store_identity = host_.with.store_identity;
    const std::string text = serialize(state_);
    const std::filesystem::path file = state_file(host_.with.base_dir, host_.with.node);
    const result<void> written = co_await host_.workers.run([&] { return host::write_file_durably(file, text, 0600); });
    if (!written)
        log::error("agent", "state-not-saved", {{"error", written.error().message()}});
}

task<result<agent::cycle>> agent::once()
{
    counted_ = {};
    next_sweep_ = {};
    const result<void> looked = co_await sweep();
    co_await deployments_.drain(std::chrono::hours(1));
    if (const result<void> sent = co_await report(); !sent)
        co_return sent.error();
    if (!looked)
        co_return looked.error();
    co_return counted_;
}

} // namespace fleetman::agent
