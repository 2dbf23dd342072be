#include <fleetman/core/log.hpp>
#include <fleetman/core/task_group.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cassert>
#include <list>
#include <optional>
#include <vector>

namespace fleetman {

namespace asio = boost::asio;

struct task_group::state
{
    state(asio::any_io_executor ex, std::string n)
        : executor(std::move(ex)), name(std::move(n)), empty(executor, std::chrono::steady_clock::time_point::max())
    {}

    asio::any_io_executor executor;
    std::string name;
    std::list<asio::cancellation_signal> running;
    asio::steady_timer empty; // cancelled, as a notification, when the last task ends
};

task_group::task_group(asio::any_io_executor executor, std::string name)
    : state_(std::make_shared<state>(std::move(executor), std::move(name)))
{}

task_group::~task_group()
{
    assert(state_->running.empty() && "drain a task_group before it goes away");
}

void task_group::spawn(task<void> work)
{
    const auto self = state_;
    const auto place = self->running.emplace(self->running.end());
    asio::co_spawn(self->executor, std::move(work),
        asio::bind_cancellation_slot(place->slot(), [self, place](std::exception_ptr escaped) {
            self->running.erase(place);
            if (self->running.empty())
                self->empty.cancel();
            try {
                if (escaped)
                    std::rethrow_exception(escaped);
            } catch (const boost::system::system_error& stopped) {
                if (stopped.code() != asio::error::operation_aborted)
                    log::error(self->name, "task-failed", {{"error", stopped.what()}});
            } catch (const std::exception& bug) {
                log::error(self->name, "task-failed", {{"error", bug.what()}});
            }
        }));
}

std::size_t task_group::size() const noexcept
{
    return state_->running.size();
}

void task_group::cancel()
{
    // A cancelled task may end inside emit() and erase itself, so the next one is found first.
    for (auto place = state_->running.begin(); place != state_->running.end();) {
        auto current = place++;
        current->emit(asio::cancellation_type::terminal);
    }
}

task<void> task_group::drain(std::chrono::milliseconds grace)
{
    const auto self = state_;
    const auto until_empty = [](std::shared_ptr<state> group,
                                 std::chrono::steady_clock::time_point until) -> task<void> {
        while (!group->running.empty() && std::chrono::steady_clock::now() < until) {
            group->empty.expires_at(until);
            co_await group->empty.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    };
    task<void> politely = until_empty(self, std::chrono::steady_clock::now() + grace);
    co_await std::move(politely);
    cancel();
    task<void> finally = until_empty(self, std::chrono::steady_clock::time_point::max());
    co_await std::move(finally);
}

namespace {

struct shared_progress
{
    std::size_t count;
    std::function<task<result<void>>(std::size_t)> work;
    std::size_t next = 0;
    std::optional<error> failure;
};

task<void> take_in_turn(std::shared_ptr<shared_progress> all)
{
    while (all->next < all->count && !all->failure) {
        task<result<void>> one = all->work(all->next++);
        const result<void> outcome = co_await std::move(one);
        if (!outcome && !all->failure)
            all->failure = outcome.error();
    }
}

} // namespace

task<result<void>> for_each_concurrently(
    std::size_t count, std::size_t limit, std::function<task<result<void>>(std::size_t)> work)
{
    const auto all = std::make_shared<shared_progress>(shared_progress{count, std::move(work), 0, std::nullopt});
    const auto executor = co_await asio::this_coro::executor;

    using worker = decltype(asio::co_spawn(executor, take_in_turn(all), asio::deferred));
    std::vector<worker> workers;
    for (std::size_t i = 0; i < std::min(count, std::max<std::size_t>(limit, 1)); ++i)
        workers.push_back(asio::co_spawn(executor, take_in_turn(all), asio::deferred));
    if (workers.empty())
        co_return result<void>();

    auto [order, thrown] = co_await asio::experimental::make_parallel_group(std::move(workers))
                               .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (const std::exception_ptr& one : thrown)
        if (one)
            std::rethrow_exception(one);
    if (all->failure)
        co_return *all->failure;
    co_return result<void>();
}

} // namespace fleetman
