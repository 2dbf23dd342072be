#pragma once

#include <fleetman/agent/rights.hpp>
#include <fleetman/agent/settings.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/worker_pool.hpp>
#include <fleetman/host/service_manager.hpp>

#include <functional>
#include <string_view>

// Everything through which a deployment touches this host, in one place for tests to replace.

namespace fleetman::agent {

class departure;

struct host_access
{
    const settings& with;
    host::service_manager* systemd;    // null when the profile is not configured
    host::service_manager* supervisor; // likewise
    worker_pool& workers;
    clock& time;
    agent_account account;

    // Called with the name of each step that was just completed: where a test cuts a run off, as a kill or a power
    // cut would. On any thread.
    std::function<void(std::string_view step)> on_step{};

    // For what must not wait behind the copies and removals of deployments: reports, requests, the state, and what is
    // done while a service is down. Null: the same threads.
    worker_pool* prompt_workers = nullptr;

    // Null: nobody tells the agent to end.
    departure* leaving = nullptr;

    worker_pool& prompt() const { return prompt_workers != nullptr ? *prompt_workers : workers; }

    void completed(std::string_view step) const
    {
        if (on_step)
            on_step(step);
    }

    // Null for deploy, which has nothing to run.
    host::service_manager* manager_of(model::run_profile profile) const
    {
        switch (profile) {
        case model::run_profile::systemd: return systemd;
        case model::run_profile::supervisor: return supervisor;
        default: return nullptr;
        }
    }
};

} // namespace fleetman::agent
