#pragma once

#include <fleetman/core/result.hpp>

#include <chrono>

// The seam between decisions and time: code that waits or stamps takes a clock, so tests run in no time.

namespace fleetman {

using wall_time = std::chrono::system_clock::time_point;
using std::chrono::milliseconds;

class clock
{
public:
    virtual ~clock() = default;

    virtual wall_time now() const = 0;

    // Monotonic; for measuring and for deadlines.
    virtual std::chrono::steady_clock::time_point steady_now() const = 0;

    // Waits on the calling coroutine's executor; returns at once, without an error, when that is cancelled.
    virtual task<void> sleep(milliseconds duration) = 0;
};

class system_clock final : public clock
{
public:
    wall_time now() const override;
    std::chrono::steady_clock::time_point steady_now() const override;
    task<void> sleep(milliseconds duration) override;
};

} // namespace fleetman
