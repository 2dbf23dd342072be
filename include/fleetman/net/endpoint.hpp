#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/net/connect.hpp>

#include <string>
#include <string_view>

// "https://s3.example.net:9000" as its parts. Where a configured URL becomes something that cannot be wrong.

namespace fleetman::net {

struct endpoint
{
    bool tls{};
    address at;

    // As a Host header spells it: the port only when it is not the scheme's default, IPv6 in brackets.
    std::string host_header() const;
    std::string url() const;

    bool operator==(const endpoint&) const = default;
};

// Accepts http and https with host and optional port; refuses a path other than "/", user info, query and fragment.
result<endpoint> parse_endpoint(std::string_view url);

// "127.0.0.1:9000" or "[::1]:9000", an address to listen on. Port 0 lets the system choose.
result<address> parse_listen_address(std::string_view text);

} // namespace fleetman::net
