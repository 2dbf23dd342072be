#pragma once

#include <fleetman/agent/host_access.hpp>
#include <fleetman/bucket/location.hpp>
#include <fleetman/config/agent_config.hpp>
#include <fleetman/host/systemctl.hpp>

#include <memory>
#include <optional>

// One reading of the configuration, made into what the agent works with. Never changed: reading the file again makes
// another.

namespace fleetman::app {

class configured
{
public:
    // The pools, `time` and `leaving`, which may be null, must outlive it.
    configured(const config::agent_config& config, worker_pool& workers, worker_pool& prompt, clock& time,
        agent::departure* leaving);
    configured(const configured&) = delete;
    configured& operator=(const configured&) = delete;

    const agent::host_access& host() const noexcept { return host_; }

private:
    agent::settings settings_;
    std::optional<host::systemctl> systemctl_;
    std::unique_ptr<host::service_manager> supervisor_;
    agent::host_access host_;
};

// Asks nothing of the store yet. Fails when the endpoint or the authorities' file is unusable. `time` must outlive it.
result<bucket::location> open_store(const config::agent_config& config, clock& time);

// Where log lines go from now on.
result<void> configure_log(const config::agent_config& config);

} // namespace fleetman::app
