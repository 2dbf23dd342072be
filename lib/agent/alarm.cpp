#include <fleetman/agent/alarm.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace fleetman::agent {

task<bool> alarm::sleep(clock& time, milliseconds duration)
{
    using namespace boost::asio::experimental::awaitable_operators;
    constexpr auto quietly = boost::asio::as_tuple(boost::asio::use_awaitable);
    if (!rang_)
        co_await (time.sleep(duration) || rings_.async_wait(quietly));
    co_return std::exchange(rang_, false);
}

void alarm::ring()
{
    rang_ = true;
    rings_.cancel();
}

} // namespace fleetman::agent
