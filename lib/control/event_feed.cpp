#include <fleetman/control/event_feed.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/text.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>
#include <utility>

namespace fleetman::control {

namespace asio = boost::asio;

namespace {

constexpr std::size_t run_bytes = 6; // no two runs have the same

using timers = std::list<asio::steady_timer*>;

// Takes a timer off the list, however the wait for it ends.
class listed
{
public:
    listed(std::shared_ptr<void> owner, timers& in, asio::steady_timer& timer)
        : owner_(std::move(owner)), in_(in), place_(in.insert(in.end(), &timer))
    {}
    listed(const listed&) = delete;
    listed& operator=(const listed&) = delete;
    ~listed() { in_.erase(place_); }

private:
    std::shared_ptr<void> owner_; // of the list
    timers& in_;
    timers::iterator place_;
};

} // namespace

struct event_feed::waiting
{
    timers each; // cancelled, as a notification
    bool waking = false;

    void wake()
    {
        waking = false;
        for (asio::steady_timer* const one : each)
            one->cancel();
    }
};

event_feed::event_feed(asio::any_io_executor executor, std::size_t length)
    : executor_(std::move(executor)), length_(length), run_(random_hex(run_bytes)),
      waiting_(std::make_shared<waiting>())
{}

event_feed::~event_feed() = default;

std::uint64_t event_feed::publish(subject of, std::string name)
{
    if (ring_.size() == length_)
        ring_.pop_front();
    ring_.push_back({of, std::move(name)});
    ++last_;
    wake_soon();
    return last_;
}

std::optional<std::uint64_t> event_feed::number_of(std::string_view id) const
{
    const std::size_t dash = id.find('-');
    if (dash == std::string_view::npos || id.substr(0, dash) != run_)
        return std::nullopt;
    return parse_integer<std::uint64_t>(id.substr(dash + 1));
}

task<void> event_feed::wait(std::uint64_t number, milliseconds limit)
{
    if (last_ > number || closed_)
        co_return;
    asio::steady_timer timer(executor_, limit);
    const listed here(waiting_, waiting_->each, timer);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

// Once for all that is published in one go.
void event_feed::wake_soon()
{
    if (waiting_->waking || waiting_->each.empty())
        return;
    waiting_->waking = true;
    asio::post(executor_, [all = waiting_] { all->wake(); });
}

void event_feed::wake()
{
    waiting_->wake();
}

void event_feed::close()
{
    closed_ = true;
    wake();
}

std::optional<event_feed::seat> event_feed::take_seat()
{
    if (readers_ == most_readers)
        return std::nullopt;
    return seat(*this);
}

} // namespace fleetman::control
