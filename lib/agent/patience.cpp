#include "patience.hpp"

namespace fleetman::agent {
namespace {

constexpr milliseconds pause = std::chrono::seconds(1);

} // namespace

task<result<void>> give_order(const host_access& host, const cell_layout& layout, service_order order)
{
    host::service_manager* const manager = host.manager_of(layout.profile());
    if (manager == nullptr)
        co_return result<void>();
    const auto last = host.time.steady_now() + host.with.manager_patience;
    for (;;) {
        task<result<void>> given = order(*manager);
        const result<void> done = co_await std::move(given);
        if (!is_away(done) || host.time.steady_now() >= last)
            co_return done;
        co_await host.time.sleep(pause);
    }
}

} // namespace fleetman::agent
