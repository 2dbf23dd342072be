#pragma once

#include <fleetman/control/record_file.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/worker_pool.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

// A record_file for coroutines: whoever waits at the same time shares one flush. For one executor (one thread).

namespace fleetman::control {

class record_log
{
public:
    // What keeps the file small, asked when it has grown past `largest` bytes: it begins anew with the lines that
    // `rewritten` returns, which stand for everything appended so far. Without `rewritten` it is rotated.
    struct bounds
    {
        std::uint64_t largest = std::uint64_t{8} << 20;
        std::size_t kept = 0; // rotated files
        std::function<std::string()> rewritten{};
    };

    record_log(boost::asio::any_io_executor executor, worker_pool& pool, record_file file, bounds limits);
    ~record_log(); // after stop()

    // `line` without its end. Returns when it is on the disk; lines stay in the order of the calls. The line is written
    // even when the caller is cancelled.
    task<result<void>> append(std::string line);

    // The same without waiting; a failure is logged.
    void post(std::string line);

    // Waits until everything is written.
    task<void> stop();

private:
    struct batch;
    struct state;
    std::shared_ptr<batch> add(std::string_view line);
    static task<void> write(std::shared_ptr<state> of);

    std::shared_ptr<state> state_;
    task_group writing_;
};

} // namespace fleetman::control
