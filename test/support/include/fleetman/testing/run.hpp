#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

// Runs one coroutine to its end: how tests call asynchronous code. The event loop lives as long as the test program,
// so that a worker_pool or an open connection of a fixture may outlive the call.

namespace fleetman::testing {

// The loop never runs out of work. Else it would stop of itself when a thread of a worker_pool, which has handed a
// result over, comes to letting go of the loop only between one call of run() and the next.
inline boost::asio::io_context& event_loop()
{
    static boost::asio::io_context instance;
    static const auto always_busy = boost::asio::make_work_guard(instance);
    return instance;
}

// Throws when the coroutine throws, or has not ended after `limit`: long, for a syncfs(2) on a busy machine takes as
// long as everybody's unwritten pages.
template <class T>
T run(task<T> work, std::chrono::seconds limit = std::chrono::seconds(120))
{
    boost::asio::io_context& loop = event_loop();
    // A worker_pool's thread lets go of its claim on the loop a moment after the coroutine has gone on: were it the
    // last one, between two calls of this function, the loop would stop under the second.
    const auto running = boost::asio::make_work_guard(loop);
    loop.restart();
    // co_spawn() makes a value even when there is an exception to deliver instead, and not every T has an empty one.
    task<std::optional<T>> boxed = [](task<T> inner) -> task<std::optional<T>> {
        co_return std::optional<T>(co_await std::move(inner));
    }(std::move(work));
    std::optional<T> outcome;
    std::exception_ptr thrown;
    boost::asio::co_spawn(loop, std::move(boxed), [&](std::exception_ptr failure, std::optional<T> value) {
        thrown = failure;
        outcome = std::move(value);
        loop.stop();
    });
    loop.run_for(limit);
    if (thrown)
        std::rethrow_exception(thrown);
    if (!outcome)
        throw std::runtime_error("the coroutine did not end in time");
    return std::move(*outcome);
}

inline void run(task<void> work, std::chrono::seconds limit = std::chrono::seconds(120))
{
    task<bool> counted = [](task<void> inner) -> task<bool> {
        co_await std::move(inner);
        co_return true;
    }(std::move(work));
    run(std::move(counted), limit);
}

} // namespace fleetman::testing
