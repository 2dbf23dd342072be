#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/core/secret.hpp>

#include <optional>
#include <string_view>

// The two ways to say who one is, as they stand in a request: anybody's bytes.

namespace fleetman::api {

// A session's id: the value of the only cookie of this name (RFC 6265 section 4.2.1). Nothing when it is no id, or
// there is more than one: whoever can put a second one there must not choose which is taken.
std::optional<secret> session_from(std::string_view cookies, std::string_view name);

// The token of `Bearer <token>` (RFC 6750 section 2.1). Nothing for any other scheme, which is not for us: a proxy may
// ask for a password of its own. Fails with denied when it is no token.
result<std::optional<secret>> bearer_from(std::string_view authorization);

} // namespace fleetman::api
