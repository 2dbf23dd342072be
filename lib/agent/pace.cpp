#include <fleetman/agent/pace.hpp>

#include <algorithm>

namespace fleetman::agent {
namespace {

constexpr unsigned jitter_divisor = 10;
constexpr unsigned most_doublings = 20; // from a millisecond to longer than the longest

} // namespace

milliseconds pace::next(milliseconds interval) const
{
    milliseconds spread = interval / jitter_divisor;
    if (failing()) {
        const milliseconds shortest = std::max(interval, milliseconds(1));
        const milliseconds grown = std::min(shortest, longest_backoff) * (1LL << std::min(failures_, most_doublings));
        spread = std::max(std::min(grown, longest_backoff) - interval, spread);
    }
    return interval + milliseconds(chance_(static_cast<std::uint64_t>(spread.count()) + 1));
}

} // namespace fleetman::agent
