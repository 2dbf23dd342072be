#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

// That the agent was told to end, for what must not be cut off anywhere. Between the order to stop a service and the
// order to start it nothing is cancelled, for nobody would start it until the next agent does. So nothing begins there
// any more, and what is there has until the time is up.

namespace fleetman::agent {

// For one event loop.
class departure
{
public:
    explicit departure(const boost::asio::any_io_executor& executor);

    // Only the first time counts.
    void announce(milliseconds time_left);
    bool announced() const noexcept { return announced_; }
    bool time_is_up() const;

    // Returns once the time is up. Throws operation_aborted when the caller is cancelled.
    task<void> until_time_is_up();

private:
    boost::asio::steady_timer end_; // never, until it is announced
    bool announced_ = false;
};

// Lets `work` come to its end whatever its caller is told meanwhile. Behind it the caller can be cancelled again: so
// not for use within another one.
template <class T>
task<T> uncancelled(task<T> work)
{
    namespace asio = boost::asio;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    T done = co_await std::move(work);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_return done;
}

} // namespace fleetman::agent
