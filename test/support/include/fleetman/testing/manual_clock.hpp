#pragma once

#include <fleetman/core/clock.hpp>

#include <vector>

// A clock that tests set. Sleeping takes no time: it moves the clock on and is remembered.

namespace fleetman::testing {

class manual_clock final : public clock
{
public:
    wall_time time = std::chrono::sys_days{std::chrono::year(2026) / 1 / 5} + std::chrono::hours(10);
    std::chrono::steady_clock::time_point steady{};
    std::vector<milliseconds> slept;

    wall_time now() const override { return time; }
    std::chrono::steady_clock::time_point steady_now() const override { return steady; }

    task<void> sleep(milliseconds duration) override
    {
        slept.push_back(duration);
        time += duration;
        steady += duration;
        co_return;
    }
};

} // namespace fleetman::testing
