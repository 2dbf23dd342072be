#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/backups.hpp>

namespace fleetman::agent {
namespace {

// Retention is told in days, and what failed is tried again this soon.
constexpr milliseconds sweep_pause = std::chrono::hours(1);

} // namespace

task<void> agent::clear_up()
{
    const auto here = now_; // also when it is configured anew meanwhile
    (void)co_await here->host.workers.run([&] { return sweep_backups(here->host.with, here->host.time.now()); });
}

task<void> agent::housekeeping_loop()
{
    while (!stopping_) {
        co_await clear_up();
        co_await now_->host.time.sleep(sweep_pause);
    }
}

} // namespace fleetman::agent
