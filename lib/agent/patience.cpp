#include "patience.hpp"

#include <fleetman/agent/departure.hpp>
#include <fleetman/core/deadline.hpp>

#include <boost/system/system_error.hpp>

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

task<result<void>> until_departure(const host_access& host, task<result<void>> order)
{
    using namespace boost::asio::experimental::awaitable_operators;
    if (host.leaving == nullptr)
        co_return co_await std::move(order);
    std::exception_ptr thrown; // see with_deadline()
    auto first = co_await (detail::keep_exception(std::move(order), thrown) || host.leaving->until_time_is_up());
    if (first.index() == 0 && thrown)
        std::rethrow_exception(thrown);
    if (first.index() == 0)
        co_return std::get<0>(std::move(first));
    co_return error(errc::cancelled, "the agent ends");
}

void leave_if_told(const host_access& host)
{
    if (host.leaving != nullptr && host.leaving->announced())
        throw boost::system::system_error(boost::asio::error::operation_aborted);
}

} // namespace fleetman::agent
