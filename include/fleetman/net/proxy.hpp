#pragma once

#include <fleetman/core/secret.hpp>
#include <fleetman/net/endpoint.hpp>

#include <optional>
#include <string>
#include <string_view>

// The way out of networks that let nobody out directly: a proxy that TLS passes through (RFC 9110 section 9.3.6), as
// HTTPS_PROXY and NO_PROXY name it.

namespace fleetman::net {

struct proxy
{
    address at;
    secret authorization; // of the Proxy-Authorization header; empty: none
};

// "http://user:password@proxy.example.net:3128", or without the scheme. Fails with invalid; the message holds no
// password.
result<proxy> parse_proxy(std::string_view url);

// Whether NO_PROXY names this host: "*", "example.net" and ".example.net" with all below them, an address, each with or
// without a port.
bool is_excepted(std::string_view no_proxy, const address& to);

// What both say of this endpoint. None for one without TLS.
result<std::optional<proxy>> proxy_for(const endpoint& to, std::string_view https_proxy, std::string_view no_proxy);

// As connect_tls(), through the proxy: it is told the name of the host, and no more. Fails with denied when it does not
// let us through, too.
task<result<std::unique_ptr<byte_stream>>> connect_tls_through(
    proxy by, address to, std::shared_ptr<const tls_trust> trust, std::chrono::milliseconds limit);

} // namespace fleetman::net
