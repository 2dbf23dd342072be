#pragma once

#include "configured.hpp"

#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/departure.hpp>
#include <fleetman/host/lock_file.hpp>

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <optional>

// The agent with everything that it needs, made from its configuration file: the one place where the modules meet.

namespace fleetman::app {

class assembly
{
public:
    // Reads the file, sets the log up, takes the lock of the state folder and opens the store. Fails with a sentence;
    // with conflict when an agent is running.
    static result<std::unique_ptr<assembly>> make(const std::filesystem::path& config);

    // Reads the file again, and has the agent go on with it. A file with mistakes, or one that changes what cannot
    // change while the agent runs, is refused whole and logged; the old configuration stays. True: it was taken.
    bool reload();

    boost::asio::io_context& loop() { return loop_; }
    clock& time() { return time_; }
    agent::agent& agent() { return *agent_; }

private:
    assembly(std::filesystem::path file, config::agent_config config);

    // What the agent works with under one configuration.
    result<std::shared_ptr<const agent::surroundings>> surroundings_of(const config::agent_config& config);

    std::filesystem::path file_;
    config::agent_config config_;
    boost::asio::io_context loop_{1};
    agent::departure leaving_{loop_.get_executor()};
    system_clock time_;
    std::optional<host::lock_file> lock_;
    worker_pool workers_;
    worker_pool prompt_workers_;
    std::unique_ptr<agent::agent> agent_;
};

// What a command that only looks needs: no lock, no log file.
class onlooker
{
public:
    static result<std::unique_ptr<onlooker>> make(const std::filesystem::path& config);

    const config::agent_config& config() const { return config_; }
    const agent::host_access& host() const { return now_.host(); }
    clock& time() { return time_; }
    boost::asio::io_context& loop() { return loop_; }

private:
    explicit onlooker(config::agent_config config);

    config::agent_config config_;
    boost::asio::io_context loop_{1};
    system_clock time_;
    worker_pool workers_;
    configured now_;
};

} // namespace fleetman::app
