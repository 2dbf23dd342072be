#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/random.hpp>

#include <cstdint>
#include <functional>

// How long to wait before the next request, so that the agents of a fleet neither ask all at once nor come back all at
// once when a store that was down is up again. Pure but for chance.

namespace fleetman::agent {

inline constexpr milliseconds longest_backoff = std::chrono::minutes(5);

class pace
{
public:
    // `chance(n)` is uniform in [0, n).
    explicit pace(std::function<std::uint64_t(std::uint64_t)> chance = random_below) : chance_(std::move(chance)) {}

    void succeeded() noexcept { failures_ = 0; }
    void failed() noexcept { ++failures_; }
    bool failing() const noexcept { return failures_ > 0; }

    // The interval and up to a tenth more. After failures anywhere between the interval and a limit that doubles with
    // each, up to longest_backoff: full jitter, which spreads the agents over all of it.
    milliseconds next(milliseconds interval) const;

private:
    std::function<std::uint64_t(std::uint64_t)> chance_;
    unsigned failures_ = 0;
};

} // namespace fleetman::agent
