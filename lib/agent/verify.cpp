#include <fleetman/agent/verify.hpp>

namespace fleetman::agent {

using host::service_phase;

milliseconds start_limit_of(const host::service_state& seen, const verify_limits& limits)
{
    if (!seen.start_limit)
        return limits.start_limit;
    return *seen.start_limit == host::no_start_limit ? longest_start : *seen.start_limit + start_limit_grace;
}

verdict settle_judge::fail(std::string why)
{
    reason_ = std::move(why);
    return verdict::failed;
}

verdict settle_judge::while_starting(const host::service_state& seen, milliseconds since_start)
{
    if (running_since_)
        return fail("it was restarted: " + seen.detail);
    const milliseconds limit = start_limit_of(seen, limits_);
    if (since_start <= limit)
        return verdict::wait;
    const bool endless = seen.start_limit == host::no_start_limit;
    return fail("it was not up within " + std::to_string(limit.count()) + " ms" +
                (endless ? ", which is our limit since its definition sets none: " : ": ") + seen.detail);
}

verdict settle_judge::look(const host::service_state& seen, milliseconds since_start)
{
    if (seen.restarts > 0)
        return fail("it crashed and was restarted " + std::to_string(seen.restarts) + " times: " + seen.detail);
    switch (seen.phase) {
    case service_phase::failed: return fail("it failed: " + seen.detail);
    case service_phase::finished: return verdict::passed;
    case service_phase::unknown: return fail("the service manager does not know it: " + seen.detail);
    case service_phase::stopped:
    case service_phase::stopping:
        // Right after the order to start, a manager may still show the state before it.
        if (running_since_ || since_start > limits_.pause * 4)
            return fail("it stopped: " + seen.detail);
        return verdict::wait;
    case service_phase::starting: return while_starting(seen, since_start);
    case service_phase::running: break;
    }
    if (!running_since_) {
        running_since_ = since_start;
        first_running_ = seen;
    }
    if (seen.pids != first_running_->pids)
        return fail("its process ended and another was started");
    return since_start - *running_since_ >= limits_.window ? verdict::passed : verdict::wait;
}

task<result<void>> verify_running(
    host::service_manager& services, std::string service, verify_limits limits, clock& time)
{
    settle_judge judge(limits);
    const auto start = time.steady_now();
    for (;;) {
        const auto since = std::chrono::duration_cast<milliseconds>(time.steady_now() - start);
        const result<host::service_state> seen = co_await services.state(service);
        if (!seen && since > limits.start_limit)
            co_return seen.error().within("look at " + service);
        const verdict so_far = seen ? judge.look(*seen, since) : verdict::wait;
        if (so_far == verdict::passed)
            co_return result<void>();
        if (so_far == verdict::failed)
            co_return error(errc::failed, service + " does not run: " + judge.reason());
        co_await time.sleep(limits.pause);
    }
}

} // namespace fleetman::agent
