#pragma once

#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/requests.hpp>

#include <filesystem>
#include <functional>

// What `rollback` and `remove` share: an agent that runs is asked, else this program is the agent for a moment.

namespace fleetman::app {

// Returns the sentence for the operator. Fails with what was refused, what went wrong, or unavailable when the running
// agent does not answer in time.
result<std::string> do_by_hand(const std::filesystem::path& config, agent::request wanted,
    std::function<task<result<std::string>>(agent::agent&)> by_ourselves);

// Prints the one or the other, and returns the exit code.
int tell_outcome(const result<std::string>& done);

} // namespace fleetman::app
