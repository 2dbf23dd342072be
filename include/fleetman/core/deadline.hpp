#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <string>
#include <utility>

// Gives up on an operation after a while, so that no wait is for ever (Asio 1.26 has no cancel_after).

namespace fleetman {

// The loser is cancelled and awaited: nothing still runs when this returns. Fails with unavailable.
template <class T>
task<result<T>> with_deadline(task<result<T>> work, std::chrono::milliseconds limit)
{
    using namespace boost::asio::experimental::awaitable_operators;
    constexpr auto quietly = boost::asio::as_tuple(boost::asio::use_awaitable);

    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, limit);
    auto first = co_await (std::move(work) || timer.async_wait(quietly));
    if (first.index() == 0)
        co_return std::get<0>(std::move(first));
    co_return error(errc::unavailable, "no answer within " + std::to_string(limit.count()) + " ms");
}

} // namespace fleetman
