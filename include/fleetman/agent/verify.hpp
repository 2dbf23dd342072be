#pragma once

#include <fleetman/agent/health.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/host/service_manager.hpp>

#include <optional>
#include <string>

// Does a service that was just started stay up? The judgement is pure: it is shown one state after the other.

namespace fleetman::agent {

// A oneshot unit has no limit unless it sets one; a deployment has: the cell could not be deployed again otherwise.
inline constexpr milliseconds longest_start = std::chrono::minutes(15);
// The manager gives up first, and its words are better than ours.
inline constexpr milliseconds start_limit_grace = std::chrono::seconds(5);

struct verify_limits
{
    milliseconds start_limit;                            // until it first runs, where its definition sets no other
    milliseconds window;                                 // how long it must then go on running
    milliseconds pause = std::chrono::milliseconds(500); // between two looks
};

enum class verdict
{
    wait,
    passed,
    failed
};

class settle_judge
{
public:
    explicit settle_judge(verify_limits limits) : limits_(limits) {}

    // `since_start` is the time since the service was told to start. Passed: it ran through the window in one go, or
    // ended as a service that is meant to end. Failed at once: it crashed, was restarted, changed its process or
    // stopped.
    verdict look(const host::service_state& seen, milliseconds since_start);

    // It is up, and its window has begun.
    bool running() const noexcept { return running_since_.has_value(); }

    // Why it failed, for the operator.
    const std::string& reason() const noexcept { return reason_; }

private:
    verdict fail(std::string why);
    verdict while_starting(const host::service_state& seen, milliseconds since_start);

    verify_limits limits_;
    std::optional<milliseconds> running_since_;
    std::optional<host::service_state> first_running_;
    std::string reason_;
};

// How long `seen` may take to be up: what its own definition says, longest_start if that is for ever.
milliseconds start_limit_of(const host::service_state& seen, const verify_limits& limits);

// Looks until the judge has decided. Fails with failed and the judge's reason, or unavailable when the manager does
// not answer for as long as the start may take: then nothing is known of the service. After a shorter silence it begins
// anew. The checks begin with the window, and the service is watched until the
// last of them has passed; a check's failure is one of the service.
task<result<void>> verify_running(
    host::service_manager& services, std::string service, verify_limits limits, clock& time, health_checks checks = {});

} // namespace fleetman::agent
