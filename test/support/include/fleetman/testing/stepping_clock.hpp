#pragma once

#include <fleetman/core/clock.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>

// A clock for loops that sleep beside one another: nobody wakes before a test has moved the time on that far.

namespace fleetman::testing {

class stepping_clock final : public clock
{
public:
    wall_time now() const override { return time_; }
    std::chrono::steady_clock::time_point steady_now() const override { return steady_; }

    task<void> sleep(milliseconds duration) override
    {
        constexpr auto quietly = boost::asio::as_tuple(boost::asio::use_awaitable);
        const auto executor = co_await boost::asio::this_coro::executor;
        const auto due = steady_ + duration;
        if (due <= steady_)
            co_return;
        boost::asio::steady_timer timer(executor, std::chrono::steady_clock::time_point::max());
        const auto place = sleepers_.insert(sleepers_.end(), {due, &timer});
        co_await timer.async_wait(quietly);
        sleepers_.erase(place);
    }

    void advance(milliseconds duration)
    {
        time_ += duration;
        steady_ += duration;
        for (const sleeper& one : sleepers_)
            if (one.due <= steady_)
                one.timer->cancel();
    }

private:
    struct sleeper
    {
        std::chrono::steady_clock::time_point due;
        boost::asio::steady_timer* timer;
    };

    wall_time time_ = std::chrono::sys_days{std::chrono::year(2026) / 1 / 5} + std::chrono::hours(10);
    std::chrono::steady_clock::time_point steady_{};
    std::list<sleeper> sleepers_;
};

} // namespace fleetman::testing
