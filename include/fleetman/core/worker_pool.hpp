#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

// Threads for what blocks (fsync, hashing, SQLite, walking folders), so that the I/O thread never does. A pool must go
// away before the event loops that its callers run on: its threads post to them.

namespace fleetman {

class worker_pool
{
public:
    explicit worker_pool(std::size_t threads) : threads_(threads) {}
    ~worker_pool() { threads_.join(); }
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    // Calls `work` on a pool thread and comes back to the caller's executor with what it returned. Not
    // interruptible: cancelling the caller takes effect after `work` has returned, so it may refer to what the
    // caller keeps alive. An exception from `work` is rethrown in the caller. `work` must not return void.
    template <class F>
    task<std::invoke_result_t<F>> run(F work);

private:
    boost::asio::thread_pool threads_;
};

template <class F>
task<std::invoke_result_t<F>> worker_pool::run(F work)
{
    namespace asio = boost::asio;
    using value = std::invoke_result_t<F>;

    std::optional<value> outcome;
    std::exception_ptr thrown;
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&](auto handler) {
            auto executor = asio::get_associated_executor(handler);
            asio::post(threads_, [&outcome, &thrown, &work, guard = asio::make_work_guard(executor),
                                     handler = std::move(handler)]() mutable {
                try {
                    outcome.emplace(std::invoke(work));
                } catch (...) {
                    thrown = std::current_exception();
                }
                auto back = guard.get_executor();
                asio::post(back, std::move(handler));
            });
        },
        asio::use_awaitable);
    if (thrown)
        std::rethrow_exception(thrown);
    co_return std::move(*outcome);
}

} // namespace fleetman
