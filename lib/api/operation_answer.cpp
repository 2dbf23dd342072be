#include "operation_answer.hpp"
#include "wire.hpp"

#include <utility>

namespace fleetman::api {

task<http::response> answer_with(request_context ctx, control::services& app, control::operation started)
{
    const std::string location = "/api/v1/operations/" + url_segment(started.id);
    const auto wait = ctx.wait();
    if (wait && *wait) {
        auto ended = co_await app.operations.wait(started.id, **wait);
        if (ended && ended->ended)
            co_return ctx.ok(to_json(*ended)).set(http::field::location, location);
        if (ended)
            started = std::move(*ended);
    }
    co_return ctx.accepted(location, to_json(started));
}

} // namespace fleetman::api
