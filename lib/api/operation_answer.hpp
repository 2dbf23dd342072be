#pragma once

#include <fleetman/api/request_context.hpp>
#include <fleetman/control/services.hpp>

// What long work answers.

namespace fleetman::api {

// 202 with the operation, or with `?wait=` 200 once it has ended.
task<http::response> answer_with(request_context ctx, control::services& app, control::operation started);

} // namespace fleetman::api
