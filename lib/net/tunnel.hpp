#pragma once

#include <fleetman/net/proxy.hpp>

#include <boost/asio/ip/tcp.hpp>

// Asking a proxy to pass a connection through.

namespace fleetman::net {

// CONNECT, and the head of its answer. Fails with denied when the proxy refuses, unavailable when it does not answer.
task<result<void>> open_tunnel(boost::asio::ip::tcp::socket& by, address to, secret authorization);

} // namespace fleetman::net
