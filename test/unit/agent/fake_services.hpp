#pragma once

#include <fleetman/host/service_manager.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

// A service manager in a map: what was asked of it, in order, and answers that a test chooses.

namespace fleetman::testing {

class fake_services final : public host::service_manager
{
public:
    // "stop fleetman-a", in order; queries are left out.
    std::vector<std::string> history;
    // What a service that was told to start shows from then on. By default it runs.
    std::function<host::service_state(const std::string& name)> when_started = [this](const std::string&) {
        return host::service_state{.phase = host::service_phase::running, .detail = "up", .pids = {++last_pid_}};
    };
    // In place of what is remembered of a service, when a test sets it.
    std::function<host::service_state(const std::string& name)> when_asked;
    // Called before each order; an error is its answer.
    std::function<result<void>(const std::string& order)> before;
    // Called with the definition that check() is asked about.
    std::function<result<void>(const std::filesystem::path&)> judge;

    // states() fails.
    bool silent = false;
    // Whether the manager itself does not answer, to anything; asked with each order, or "state NAME".
    std::function<bool(const std::string& asked)> away;

    // Awaited before each answer, with the order or "state NAME": how an answer takes its time.
    std::function<task<void>(std::string asked)> meanwhile;

    host::service_state& of(const std::string& name) { return states_[name]; }

    task<result<void>> check(std::filesystem::path definition) override
    {
        co_return judge ? judge(definition) : result<void>();
    }
    task<result<void>> load(std::string name) override { return note("load " + name); }
    task<result<void>> enable(std::string name) override { return note("enable " + name); }
    task<result<void>> disable(std::string name) override { return note("disable " + name); }

    task<result<void>> start(std::string name) override
    {
        result<void> noted = co_await note("start " + name);
        if (noted)
            states_[name] = when_started(name);
        co_return noted;
    }

    task<result<void>> stop(std::string name) override
    {
        result<void> noted = co_await note("stop " + name);
        if (noted)
            states_[name] = {.phase = host::service_phase::stopped, .detail = "down"};
        co_return noted;
    }

    task<result<host::service_state>> state(std::string name) override
    {
        if (away && away("state " + name))
            co_return nobody();
        co_await pass_time("state " + name);
        if (when_asked)
            co_return when_asked(name);
        const auto place = states_.find(name);
        co_return place == states_.end() ? host::service_state{} : place->second;
    }

    task<result<std::map<std::string, host::service_state>>> states(std::string) override
    {
        if (silent || (away && away("states")))
            co_return nobody();
        co_return states_;
    }

private:
    static error nobody() { return error(errc::unavailable, "no answer"); }

    task<void> pass_time(std::string asked)
    {
        if (!meanwhile)
            co_return;
        task<void> passing = meanwhile(std::move(asked));
        co_await std::move(passing);
    }

    task<result<void>> note(std::string order)
    {
        if (away && away(order))
            co_return nobody();
        history.push_back(order);
        co_await pass_time(order);
        co_return before ? before(order) : result<void>();
    }

    std::map<std::string, host::service_state> states_;
    pid_t last_pid_ = 100;
};

} // namespace fleetman::testing
