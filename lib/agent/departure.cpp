#include <fleetman/agent/departure.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleetman::agent {

departure::departure(const boost::asio::any_io_executor& executor)
    : end_(executor, std::chrono::steady_clock::time_point::max())
{}

void departure::announce(milliseconds time_left)
{
    if (std::exchange(announced_, true))
        return;
    end_.expires_after(time_left); // whoever waits already looks again
}

bool departure::time_is_up() const
{
    return announced_ && std::chrono::steady_clock::now() >= end_.expiry();
}

task<void> departure::until_time_is_up()
{
    while (!time_is_up())
        co_await end_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

} // namespace fleetman::agent
