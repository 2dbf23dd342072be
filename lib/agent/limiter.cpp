#include <fleetman/agent/limiter.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace fleetman::agent {

limiter::limiter(const boost::asio::any_io_executor& executor, std::size_t places)
    : turn_(executor, std::chrono::steady_clock::time_point::max()), free_(std::max<std::size_t>(places, 1))
{}

task<limiter::place> limiter::enter()
{
    while (free_ == 0)
        co_await turn_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    --free_;
    co_return place(*this);
}

void limiter::leave()
{
    ++free_;
    turn_.cancel();
}

} // namespace fleetman::agent
