#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/http/message.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

// The one place where an error becomes a status: RFC 9457 problem documents for every route.

namespace fleetman::api {

// `type` (about:blank), `title`, `status`, `detail`, `instance`; `errors` names violated rules by their fields; `s3`
// holds the store's own code, message and request id.
http::response problem(const error& why, std::string_view instance);
// `more` are further members.
http::response problem(
    http::status code, std::string_view detail, std::string_view instance, boost::json::object more = {});

http::status status_of(const error& why);

// A refusal that no errc stands for, such as 412: status_of() gives `code` back.
error refusal(http::status code, std::string message);

} // namespace fleetman::api
