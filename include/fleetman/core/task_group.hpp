#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

// The owner of spawned coroutines. Nothing is spawned detached: whoever starts work holds the group that it
// runs in, and waits for the group to be empty before what the work uses goes away.

namespace fleetman {

class task_group
{
public:
    // `name` appears in the log line of an exception that escapes a task (a bug; the task ends, the rest go on).
    task_group(boost::asio::any_io_executor executor, std::string name);
    ~task_group(); // must be empty: call drain() first
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    void spawn(task<void> work);

    std::size_t size() const noexcept;

    // Asks every task to stop (Asio cancellation, terminal).
    void cancel();

    // Waits until the group is empty; cancels what is left after `grace`, then waits for that.
    task<void> drain(std::chrono::milliseconds grace);

private:
    struct state;
    std::shared_ptr<state> state_;
};

// Runs work(0) … work(count - 1), at most `limit` at a time, and waits for all of them. After a failure no
// further one begins; the first failure is returned. Cancelling the caller cancels those that run.
task<result<void>> for_each_concurrently(
    std::size_t count, std::size_t limit, std::function<task<result<void>>(std::size_t)> work);

} // namespace fleetman
