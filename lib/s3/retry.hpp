#pragma once

#include <fleetman/s3/connection.hpp>

// How long to wait before another attempt, and whether there should be one at all.

namespace fleetman::s3 {

// Exponential with full jitter, so that a crowd that failed together does not come back together.
milliseconds retry_pause(const connection& to, unsigned attempts_made);

// Keeps retries from making an outage worse: each costs, each success gives a little back, so that of many requests to
// a store that is down most are tried once only, and of a few all attempts are made. The figures are those that
// Amazon's own clients have ("Retry behavior", AWS SDKs and Tools reference guide).
class retry_budget
{
public:
    // False when the store has failed too often lately.
    bool take()
    {
        if (left_ < cost)
            return false;
        left_ -= cost;
        return true;
    }
    void succeeded() { left_ = left_ < most ? left_ + 1 : most; }

private:
    static constexpr unsigned most = 500;
    static constexpr unsigned cost = 5;
    unsigned left_ = most;
};

} // namespace fleetman::s3
