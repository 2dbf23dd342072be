#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <string>
#include <utility>

// Gives up on an operation after a while, so that no wait is for ever (Asio 1.26 has no cancel_after).

namespace fleetman {

namespace detail {

// Asio's || takes an exception for "not yet" and would wait for the timer: this lets a bug end the wait at once.
template <class T>
task<result<T>> keep_exception(task<result<T>> work, std::exception_ptr& thrown)
{
    try {
        co_return co_await std::move(work);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return error(errc::failed, "an exception");
}

} // namespace detail

// The loser is cancelled and awaited: nothing still runs when this returns. Fails with unavailable. An exception from
// `work` is rethrown.
template <class T>
task<result<T>> with_deadline(task<result<T>> work, std::chrono::milliseconds limit)
{
    using namespace boost::asio::experimental::awaitable_operators;
    constexpr auto quietly = boost::asio::as_tuple(boost::asio::use_awaitable);

    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, limit);
    std::exception_ptr thrown;
    auto first = co_await (detail::keep_exception(std::move(work), thrown) || timer.async_wait(quietly));
    if (first.index() == 0 && thrown)
        std::rethrow_exception(thrown);
    if (first.index() == 0)
        co_return std::get<0>(std::move(first));
    co_return error(errc::unavailable, "no answer within " + std::to_string(limit.count()) + " ms");
}

} // namespace fleetman
