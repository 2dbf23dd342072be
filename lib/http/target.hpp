#pragma once

#include <fleetman/http/message.hpp>

#include <string_view>

// What a request line asks for, as path and parameters. Kept apart from the parser because it is where an attacker's
// text first gets a meaning.

namespace fleetman::http {

// Fills `path` and `query` of `into` from its `target`, which may be in origin, absolute or asterisk form (RFC 9112
// section 3.2). Fails with invalid on anything else, and on an escape that is not one.
result<void> read_target(request& into);

} // namespace fleetman::http
