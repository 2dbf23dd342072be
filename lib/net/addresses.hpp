#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <vector>

// A name may have several addresses, and the first of them may be dead.

namespace fleetman::net {

// Each address gets its share of the time (a second at least), so that a dead first one does not use up all of it.
// Fails as the last one did.
task<result<std::unique_ptr<boost::asio::ip::tcp::socket>>> connect_in_turn(
    std::vector<boost::asio::ip::tcp::endpoint> addresses, std::chrono::milliseconds limit);

} // namespace fleetman::net
