#include "endpoint.hpp"
#include "event_stream.hpp"

#include <fleetman/api/problem.hpp>

#include <memory>

namespace fleetman::api {

using control::services;
using http::field;

namespace {

// `?after=` or Last-Event-ID, which a browser sends by itself when it connects again.
std::string position_of(const request_context& ctx)
{
    const std::string asked = ctx.parameter("after");
    return asked.empty() ? std::string(ctx.request().header("Last-Event-ID")) : asked;
}

task<http::response> follow(request_context ctx, services& app)
{
    auto seat = app.events.take_seat();
    if (!seat) {
        http::response full = ctx.problem(http::status::service_unavailable,
            std::to_string(control::event_feed::most_readers) + " others follow the events already");
        co_return full.set(field::retry_after, "15");
    }
    const std::string position = position_of(ctx);
    const auto known = app.events.number_of(position);
    const bool covered = known && app.events.covers(*known);
    const std::uint64_t from = covered ? *known : app.events.last();
    event_stream::reader reader{*std::move(seat), *ctx.caller().who, ctx.caller().session};
    http::response answer = http::response::empty(http::status::ok);
    answer.set(field::content_type, "text/event-stream");
    answer.set("X-Accel-Buffering", "no"); // nginx would hold events back
    answer.body = http::stream_body{
        std::make_shared<event_stream>(app, std::move(reader), from, !position.empty() && !covered), std::nullopt};
    co_return answer;
}

} // namespace

void add_event_routes(http::router& routes, services& app)
{
    add(routes, http::verb::get, "/events", access::viewer, app, follow);
}

} // namespace fleetman::api
