#pragma once

#include <fleetman/http/message.hpp>

#include <set>
#include <string>

// Where a request comes from when it may have come through reverse proxies of ours.

namespace fleetman::api {

struct client_address
{
    std::string address; // without a port
    bool https = false;
};

// The connection's peer; behind a trusted proxy the last address of X-Forwarded-For that is no trusted proxy's, and
// whether X-Forwarded-Proto is https. Nobody else is believed: anyone can send these fields.
client_address client_of(const http::request& request, const std::set<std::string>& trusted_proxies);

} // namespace fleetman::api
