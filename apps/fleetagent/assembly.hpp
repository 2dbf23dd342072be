#pragma once

#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/host_access.hpp>
#include <fleetman/config/agent_config.hpp>
#include <fleetman/host/lock_file.hpp>
#include <fleetman/host/supervisorctl.hpp>
#include <fleetman/host/systemctl.hpp>

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <optional>

// The agent with everything that it needs, made from its configuration file: the one place where the modules meet.

namespace fleetman::app {

class assembly
{
public:
    // Reads the file, sets the log up, takes the lock of the state folder and opens the store. Fails with a sentence.
    static result<std::unique_ptr<assembly>> make(const std::filesystem::path& config);

    boost::asio::io_context& loop() { return loop_; }
    agent::agent& agent() { return *agent_; }

private:
    explicit assembly(const config::agent_config& config);
    result<void> open_store(const config::agent_config& config);

    boost::asio::io_context loop_{1};
    system_clock time_;
    agent::settings settings_;
    std::optional<host::lock_file> lock_;
    std::optional<host::systemctl> systemctl_;
    std::optional<host::supervisorctl> supervisorctl_;
    worker_pool workers_;
    agent::host_access host_;
    std::unique_ptr<agent::agent> agent_;
};

} // namespace fleetman::app
