#include <fleetman/agent/verify.hpp>
#include <fleetman/core/deadline.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <variant>

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

namespace {

namespace asio = boost::asio;

constexpr unsigned most_rounds = 10;

// What the two halves of a verification tell each other.
struct progress
{
    explicit progress(const asio::any_io_executor& executor)
        : up(executor, std::chrono::steady_clock::time_point::max()), never(up.get_executor(), up.expiry())
    {}

    asio::steady_timer up; // cancelled, as a notification, when the service is up
    asio::steady_timer never;
    bool was_up = false;
    bool healthy = false;
    std::optional<error> unhealthy;
    bool manager_came_back = false; // after a silence: what was seen before it says nothing
};

error silence(const error& why, const std::string& service)
{
    return error(errc::unavailable, why.within("look at " + service).message());
}

// Both managers start what they had to start when they come back; this is for a program that is not to start by itself.
task<void> start_if_forgotten(
    host::service_manager& services, const std::string& service, const host::service_state& seen)
{
    if (seen.phase == service_phase::stopped)
        (void)co_await services.start(service); // what comes of it, the next look tells
}

// While the manager is silent nothing is judged, a failed health check neither: supervisord may have taken the service
// with it.
task<result<void>> settle(
    host::service_manager& services, const std::string& service, verify_limits limits, clock& time, progress& shared)
{
    settle_judge judge(limits);
    const auto start = time.steady_now();
    std::optional<std::chrono::steady_clock::time_point> silent_since;
    for (;; co_await time.sleep(limits.pause)) {
        const bool unhealthy = shared.unhealthy.has_value();
        const result<host::service_state> seen = co_await services.state(service);
        const auto now = time.steady_now();
        if (!seen) {
            silent_since = silent_since.value_or(now);
            if (now - *silent_since > limits.start_limit)
                co_return silence(seen.error(), service);
            continue;
        }
        if (silent_since) {
            shared.manager_came_back = true;
            co_await start_if_forgotten(services, service, *seen);
            co_return result<void>();
        }
        if (unhealthy)
            co_return *shared.unhealthy;
        const verdict so_far = judge.look(*seen, std::chrono::duration_cast<milliseconds>(now - start));
        if (so_far == verdict::failed)
            co_return error(errc::failed, service + " does not run: " + judge.reason());
        if (so_far == verdict::passed && shared.healthy)
            co_return result<void>();
        if (judge.running() || so_far == verdict::passed) {
            shared.was_up = true;
            shared.up.cancel();
        }
    }
}

// Ends when it is cancelled: the other half has the last word.
task<result<void>> ask_checks(const health_checks& checks, clock& time, progress& shared)
{
    constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
    while (!shared.was_up)
        co_await shared.up.async_wait(quietly);
    const result<void> passed = co_await pass_checks(checks, time, shared.unhealthy);
    shared.healthy = passed.has_value();
    co_await shared.never.async_wait(quietly);
    co_return passed;
}

task<result<void>> watch_once(host::service_manager& services, const std::string& service, verify_limits limits,
    clock& time, const health_checks& checks, progress& shared)
{
    using namespace asio::experimental::awaitable_operators;
    shared.healthy = checks.all.empty();
    if (shared.healthy)
        co_return co_await settle(services, service, limits, time, shared);

    std::exception_ptr thrown[2]; // see with_deadline(); the loser's is that of its cancellation
    task<result<void>> watched = detail::keep_exception(settle(services, service, limits, time, shared), thrown[0]);
    task<result<void>> asked = detail::keep_exception(ask_checks(checks, time, shared), thrown[1]);
    const auto first = co_await (std::move(watched) || std::move(asked));
    if (thrown[first.index()])
        std::rethrow_exception(thrown[first.index()]);
    co_return first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
}

} // namespace

task<result<void>> verify_running(
    host::service_manager& services, std::string service, verify_limits limits, clock& time, health_checks checks)
{
    for (unsigned round = 0; round < most_rounds; ++round) {
        progress shared(co_await asio::this_coro::executor);
        result<void> seen = co_await watch_once(services, service, limits, time, checks, shared);
        if (!shared.manager_came_back)
            co_return seen;
    }
    co_return error(errc::unavailable, "the service manager of " + service + " comes and goes");
}

} // namespace fleetman::agent
