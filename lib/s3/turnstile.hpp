#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>

// Lets coroutines that work side by side do one step in order: reading the parts of a stream, or writing them.

namespace fleetman::s3 {

class turnstile
{
public:
    explicit turnstile(const boost::asio::any_io_executor& executor)
        : moved_(executor, std::chrono::steady_clock::time_point::max())
    {}

    // Waits until all numbers before this one have passed. False when one of them never will.
    task<bool> reach(std::size_t number)
    {
        while (next_ < number && !broken_)
            co_await moved_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        co_return !broken_;
    }

    void pass()
    {
        ++next_;
        moved_.cancel(); // wakes all who wait
    }

    void end()
    {
        broken_ = true;
        moved_.cancel();
    }

    // One number's way through: unless it ends well no other is kept waiting, whatever the reason, exceptions and
    // cancellations among them.
    class passage
    {
    public:
        explicit passage(turnstile& through) : through_(through) {}
        ~passage()
        {
            if (!ended_well_)
                through_.end();
        }
        passage(const passage&) = delete;
        passage& operator=(const passage&) = delete;

        void ends_well() { ended_well_ = true; }

    private:
        turnstile& through_;
        bool ended_well_ = false;
    };

private:
    boost::asio::steady_timer moved_;
    std::size_t next_ = 0;
    bool broken_ = false;
};

} // namespace fleetman::s3
