#pragma once

#include <fleetman/control/accounts.hpp>
#include <fleetman/core/secret.hpp>
#include <fleetman/http/message.hpp>

#include <optional>
#include <string>

// Who sends a request: what is found out before any handler runs, and what handlers read.

namespace fleetman::api {

struct caller
{
    std::string address;                  // without a port; from X-Forwarded-For when a trusted proxy says so
    bool https = false;                   // between the browser and a trusted proxy; we speak HTTP alone
    std::optional<control::identity> who; // nothing: nobody that we know
    std::optional<secret> session;        // its id, when it is a session's request
    std::optional<error> refused;         // what was wrong with a token that was sent
};

// Looks at the cookie or the Authorization field. A token wins over a session; where no login is asked for, neither is
// looked at.
caller find_caller(const http::request& request, control::accounts& accounts, const config::web_console& console);

// The name of the session's cookie. Browsers take one with the prefix `__Host-` only over HTTPS, for this host alone
// (RFC 6265bis section 4.1.3.2).
std::string_view session_cookie_name(bool https);

} // namespace fleetman::api
