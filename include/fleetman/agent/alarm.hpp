#pragma once

#include <fleetman/core/clock.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

// A sleep that can be cut short, without losing a call that comes while nobody sleeps. For one event loop and one
// sleeper.

namespace fleetman::agent {

class alarm
{
public:
    explicit alarm(const boost::asio::any_io_executor& executor)
        : rings_(executor, std::chrono::steady_clock::time_point::max())
    {}

    // Returns after `duration` or a ring, at once when it rang since the last sleep. True: it rang.
    task<bool> sleep(clock& time, milliseconds duration);
    void ring();

private:
    boost::asio::steady_timer rings_; // cancelled, as a notification
    bool rang_ = false;
};

} // namespace fleetman::agent
