#include <fleetman/core/clock.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleetman {

namespace asio = boost::asio;

wall_time system_clock::now() const
{
    return std::chrono::system_clock::now();
}

std::chrono::steady_clock::time_point system_clock::steady_now() const
{
    return std::chrono::steady_clock::now();
}

task<void> system_clock::sleep(milliseconds duration)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

} // namespace fleetman
