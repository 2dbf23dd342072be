#include <fleetman/agent/limiter.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace fleetman::agent {
namespace {

std::ptrdiff_t at_least_one(std::size_t places)
{
    return static_cast<std::ptrdiff_t>(std::max<std::size_t>(places, 1));
}

} // namespace

limiter::limiter(const boost::asio::any_io_executor& executor, std::size_t places)
    : turn_(executor, std::chrono::steady_clock::time_point::max()), places_(at_least_one(places)), free_(places_)
{}

task<limiter::place> limiter::enter()
{
    while (free_ <= 0)
        co_await turn_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    --free_;
    co_return place(*this);
}

void limiter::resize(std::size_t places)
{
    free_ += at_least_one(places) - places_;
    places_ = at_least_one(places);
    turn_.cancel();
}

void limiter::leave()
{
    ++free_;
    turn_.cancel();
}

} // namespace fleetman::agent
