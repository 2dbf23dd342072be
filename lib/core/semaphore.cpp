#include <fleetman/core/semaphore.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>

namespace fleetman {

namespace asio = boost::asio;

namespace {

struct waiter
{
    explicit waiter(const asio::any_io_executor& executor)
        : granted_signal(executor, std::chrono::steady_clock::time_point::max())
    {}

    asio::steady_timer granted_signal; // cancelled to wake the waiter
    bool granted = false;
};

} // namespace

struct semaphore::state
{
    std::size_t free;
    std::list<waiter*> waiting;

    // A permit given back goes straight to the next in line, so that nobody overtakes.
    void give_back()
    {
        if (waiting.empty()) {
            ++free;
            return;
        }
        waiter* const next = waiting.front();
        waiting.pop_front();
        next->granted = true;
        next->granted_signal.cancel();
    }
};

struct semaphore::permit::giver
{
    explicit giver(std::shared_ptr<state> to) : owner(std::move(to)) {}
    ~giver() { owner->give_back(); }
    giver(const giver&) = delete;
    giver& operator=(const giver&) = delete;

    std::shared_ptr<state> owner;
};

semaphore::semaphore(std::size_t permits) : state_(std::make_shared<state>(state{permits, {}})) {}

task<result<semaphore::permit>> semaphore::acquire()
{
    const auto all = state_;
    if (all->free > 0) {
        --all->free;
        co_return permit(std::make_shared<permit::giver>(all));
    }
    waiter self(co_await asio::this_coro::executor);
    all->waiting.push_back(&self);
    co_await self.granted_signal.async_wait(asio::as_tuple(asio::use_awaitable));
    if (self.granted)
        co_return permit(std::make_shared<permit::giver>(all));
    all->waiting.remove(&self);
    co_return error(errc::cancelled, "stopped while waiting for its turn");
}

} // namespace fleetman
