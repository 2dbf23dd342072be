#pragma once

#include <fleetman/api/access.hpp>
#include <fleetman/api/caller.hpp>
#include <fleetman/http/message.hpp>

// Whether a request may reach its handler.

namespace fleetman::api {

bool is_safe(http::verb method);

// Fails, with the status that fits: 401 without a login where one is needed, 403 when the role is not enough, when a
// browser sends it for the page of another site, or when a session's unsafe request lacks its X-CSRF-Token.
result<void> admit(const caller& from, access least, const http::request& request);

} // namespace fleetman::api
