#pragma once

#include <fleetman/net/byte_stream.hpp>
#include <fleetman/net/connect.hpp>

#include <boost/asio/ssl/context.hpp>

// The client side of TLS over a connected socket.

namespace fleetman::net {

// OpenSSL's context is counted and safe to share; once loaded it is only read.
struct tls_trust::impl
{
    impl()
    {
        using versions = boost::asio::ssl::context;
        context.set_options(versions::default_workarounds | versions::no_tlsv1 | versions::no_tlsv1_1); // RFC 8996
    }

    bool verified = true;
    boost::asio::ssl::context context{boost::asio::ssl::context::tls_client};
};

// Shakes hands and checks the certificate: its chain, its dates, and that it is for `host`.
task<result<std::unique_ptr<byte_stream>>> start_tls(boost::asio::ip::tcp::socket socket, std::string host,
    std::shared_ptr<const tls_trust> trust, std::chrono::milliseconds limit);

} // namespace fleetman::net
