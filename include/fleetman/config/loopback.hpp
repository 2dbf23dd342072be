#pragma once

#include <string_view>

// What is reached from this machine alone, and therefore needs no login.

namespace fleetman::config {

// Of an address to listen on: "127.0.0.1", "::1", "localhost".
bool is_loopback(std::string_view host);

// Of a request's Host field, with or without a port. Any other name that leads here is another site's, which has
// pointed it at 127.0.0.1 for its page to reach us (DNS rebinding).
bool is_loopback_authority(std::string_view authority);

} // namespace fleetman::config
