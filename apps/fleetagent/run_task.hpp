#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <exception>
#include <optional>
#include <utility>

// Runs one coroutine to its end: what a command of a moment does. An exception from it is a bug and goes on.

namespace fleetman::app {

template <class T>
T run_task(boost::asio::io_context& loop, task<T> work)
{
    std::signal(SIGPIPE, SIG_IGN); // a peer that has gone away is an error to handle, not a reason to die
    task<std::optional<T>> boxed = [](task<T> inner) -> task<std::optional<T>> {
        co_return std::optional<T>(co_await std::move(inner));
    }(std::move(work));
    std::optional<T> outcome;
    std::exception_ptr bug;
    boost::asio::co_spawn(loop, std::move(boxed), [&](std::exception_ptr thrown, std::optional<T> value) {
        bug = thrown;
        outcome = std::move(value);
        loop.stop();
    });
    loop.run();
    if (bug)
        std::rethrow_exception(bug);
    return *std::move(outcome);
}

} // namespace fleetman::app
