#include <fleetman/core/semaphore.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <list>

namespace fleetman {

namespace asio = boost::asio;

namespace {

struct waiter
{
    waiter(const asio::any_io_executor& executor, std::size_t wanted)
        : weight(wanted), granted_signal(executor, std::chrono::steady_clock::time_point::max())
    {}

    std::size_t weight;
    asio::steady_timer granted_signal; // cancelled to wake the waiter
    bool granted = false;
};

} // namespace

struct semaphore::state
{
    std::size_t all;
    std::size_t free;
    std::list<waiter*> waiting;

    // Permits given back go straight to the next in line, so that nobody overtakes.
    void give_back(std::size_t weight)
    {
        free += weight;
        serve_waiting();
    }
    void serve_waiting()
    {
        while (!waiting.empty() && waiting.front()->weight <= free) {
            waiter* const next = waiting.front();
            waiting.pop_front();
            free -= next->weight;
            next->granted = true;
            next->granted_signal.cancel();
        }
    }
};

struct semaphore::permit::giver
{
    giver(std::shared_ptr<state> to, std::size_t held) : owner(std::move(to)), weight(held) {}
    ~giver() { owner->give_back(weight); }
    giver(const giver&) = delete;
    giver& operator=(const giver&) = delete;

    std::shared_ptr<state> owner;
    std::size_t weight;
};

semaphore::semaphore(std::size_t permits) : state_(std::make_shared<state>(state{permits, permits, {}})) {}

std::optional<semaphore::permit> semaphore::try_acquire(std::size_t weight)
{
    weight = std::min(weight, state_->all);
    if (!state_->waiting.empty() || state_->free < weight)
        return std::nullopt;
    state_->free -= weight;
    return permit(std::make_shared<permit::giver>(state_, weight));
}

task<result<semaphore::permit>> semaphore::acquire(std::size_t weight)
{
    if (std::optional<permit> at_once = try_acquire(weight))
        co_return std::move(*at_once);
    const auto all = state_;
    weight = std::min(weight, all->all);
    waiter self(co_await asio::this_coro::executor, weight);
    all->waiting.push_back(&self);
    co_await self.granted_signal.async_wait(asio::as_tuple(asio::use_awaitable));
    if (self.granted)
        co_return permit(std::make_shared<permit::giver>(all, weight));
    all->waiting.remove(&self);
    all->serve_waiting(); // a lighter one behind it may have its turn now
    co_return error(errc::cancelled, "stopped while waiting for its turn");
}

} // namespace fleetman
