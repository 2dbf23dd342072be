#pragma once

#include <fleetman/net/byte_stream.hpp>
#include <fleetman/net/connect.hpp>

#include <boost/asio/ssl/context.hpp>

// The client side of TLS over a connected socket.

namespace fleetman::net {

struct tls_trust::impl
{
    boost::asio::ssl::context context{boost::asio::ssl::context::tls_client};
};

// Shakes hands and checks the certificate: its chain, its dates, and that it is for `host`.
task<result<std::unique_ptr<byte_stream>>> start_tls(boost::asio::ip::tcp::socket socket, std::string host,
    std::shared_ptr<const tls_trust> trust, std::chrono::milliseconds limit);

} // namespace fleetman::net
