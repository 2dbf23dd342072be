#include "connection.hpp"
#include "request_body.hpp"
#include "response_writer.hpp"

#include <fleetman/core/clock.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/timestamp.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <optional>

namespace fleetman::http {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// A body's unread rest up to here is read and dropped, which is cheaper than a new connection.
constexpr std::uint64_t drain_bytes = 262'144;

// Formatted once a second.
std::string date_now()
{
    thread_local std::int64_t second = 0;
    thread_local std::string text;
    const wall_time now = std::chrono::system_clock::now();
    if (unix_seconds(now) != second) {
        second = unix_seconds(now);
        text = http_date(now);
    }
    return text;
}

} // namespace

connection::connection(std::shared_ptr<server_state> server, std::unique_ptr<net::byte_stream> stream)
    : server_(std::move(server)), stream_(std::move(stream)), incoming_{*stream_, {}}
{
    server_->open.insert(this);
}

connection::~connection()
{
    server_->open.erase(this);
}

void connection::close_if_idle()
{
    if (idle_)
        stream_->close();
}

task<void> connection::run()
{
    std::chrono::milliseconds patience = server_->limits.head_deadline;
    while (co_await wait_for_request(incoming_, patience)) {
        idle_ = false;
        const bool another = co_await serve_one();
        if (!another || server_->stopping)
            break;
        idle_ = true;
        patience = server_->limits.idle_deadline;
    }
    idle_ = false;
    co_await stream_->shutdown();
}

task<bool> connection::serve_one()
{
    request_parser parser;
    head_outcome outcome = co_await read_head(incoming_, parser, server_->limits);
    if (auto* head = std::get_if<parsed_head>(&outcome))
        co_return co_await answer(*head, parser);
    if (auto* why = std::get_if<refusal>(&outcome))
        co_await refuse(std::move(*why));
    co_return false;
}

task<bool> connection::answer(parsed_head& head, request_parser& parser)
{
    request_body body(incoming_, parser, head, server_->limits);
    head.message.body = &body;
    response reply = co_await call_handler(head.message);

    const bool reusable = body.worth_draining(drain_bytes);
    result<bool> sent = co_await write_response(*stream_, std::move(reply),
        answer_context{head.message.method, head.version, head.keep_alive && reusable && !server_->stopping, date_now(),
            server_->limits.idle_deadline});
    if (!sent) {
        log::debug(server_->name, "answer-cut", {{"peer", head.message.peer}, {"error", sent.error().message()}});
        stream_->close();
        co_return false;
    }
    if (!*sent)
        co_return false;
    co_return co_await body.drain(drain_bytes);
}

task<response> connection::call_handler(request& message)
{
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    try {
        task<response> serving = server_->serve(message);
        co_return co_await std::move(serving);
    } catch (const std::exception& bug) {
        if (state.cancelled() != asio::cancellation_type::none)
            throw; // the server is stopping, and this connection with it
        log::error(server_->name, "handler-failed", {{"path", message.path}, {"error", bug.what()}});
    }
    co_return server_->refuse(status::internal_server_error, "internal error", message.path);
}

task<void> connection::refuse(refusal why)
{
    log::debug(server_->name, "request-refused", {{"peer", stream_->peer()}, {"reason", why.reason}});
    response reply = server_->refuse(why.code, why.reason, "");
    co_await write_response(
        *stream_, std::move(reply), answer_context{verb::get, 11, false, date_now(), server_->limits.idle_deadline});
}

} // namespace fleetman::http
