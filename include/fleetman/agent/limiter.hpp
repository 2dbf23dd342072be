#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>

// Lets so many through at a time: how deployments of a host share it. For one event loop.

namespace fleetman::agent {

class limiter
{
public:
    // A place that is given back when it goes away.
    class place
    {
    public:
        explicit place(limiter& of) : of_(&of) {}
        place(place&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        place& operator=(place&&) = delete;
        ~place()
        {
            if (of_ != nullptr)
                of_->leave();
        }

    private:
        limiter* of_;
    };

    limiter(const boost::asio::any_io_executor& executor, std::size_t places);

    // Waits until there is a place. Throws operation_aborted when the caller is cancelled meanwhile.
    task<place> enter();

    // Places that are taken beyond a smaller number are not taken again once they get free.
    void resize(std::size_t places);

private:
    void leave();

    boost::asio::steady_timer turn_; // cancelled, as a notification, when a place gets free
    std::ptrdiff_t places_;          // in all
    std::ptrdiff_t free_;            // below zero after resize()
};

} // namespace fleetman::agent
