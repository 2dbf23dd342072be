#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/error.hpp>

#include <chrono>
#include <memory>
#include <utility>

// A socket and its deadline. A deadline moves with every message and is hardly ever reached, so moving it is an
// assignment: a timer wakes when the earliest of those that were waited under would have been over, and looks whether
// there is another one by now.

namespace fleetman::net {

template <class Protocol>
class watched_socket : public std::enable_shared_from_this<watched_socket<Protocol>>
{
    using time_point = std::chrono::steady_clock::time_point;

public:
    explicit watched_socket(typename Protocol::socket from)
        : socket(std::move(from)), timer_(socket.get_executor(), time_point::max())
    {}

    typename Protocol::socket socket;

    void expires_after(std::chrono::milliseconds limit) { deadline_ = std::chrono::steady_clock::now() + limit; }

    // No more can be done with it: the deadline is over, now or while something waited.
    bool is_late() const { return late_ || deadline_ <= std::chrono::steady_clock::now(); }

    // While one lives, the socket is closed at the deadline.
    class wait
    {
    public:
        explicit wait(std::shared_ptr<watched_socket> of) : of_(std::move(of))
        {
            ++of_->waiting_;
            if (of_->deadline_ < of_->wakes_)
                of_->wake_at_deadline();
        }
        ~wait() { --of_->waiting_; }
        wait(const wait&) = delete;
        wait& operator=(const wait&) = delete;

        // What came of it.
        boost::system::error_code verdict(boost::system::error_code found) const
        {
            return of_->late_ ? make_error_code(boost::beast::error::timeout) : found;
        }

    private:
        std::shared_ptr<watched_socket> of_;
    };

    void rest()
    {
        deadline_ = wakes_ = time_point::max();
        timer_.cancel();
    }

    void close()
    {
        boost::system::error_code ignored;
        socket.close(ignored);
        timer_.cancel();
    }

private:
    void wake_at_deadline()
    {
        wakes_ = deadline_;
        timer_.expires_at(wakes_);
        timer_.async_wait([weak = this->weak_from_this()](const boost::system::error_code& moved) {
            if (const auto self = moved ? nullptr : weak.lock())
                self->look();
        });
    }

    void look()
    {
        wakes_ = time_point::max();
        if (waiting_ == 0)
            return; // the next one to wait sets it again
        if (std::chrono::steady_clock::now() < deadline_)
            return wake_at_deadline();
        late_ = true;
        close();
    }

    boost::asio::steady_timer timer_;
    time_point deadline_ = time_point::max();
    time_point wakes_ = time_point::max();
    unsigned waiting_ = 0;
    bool late_ = false;
};

} // namespace fleetman::net
