#include "http_exchange.hpp"
#include "http_transport.hpp"
#include "verdict.hpp"

#include <fleetman/core/deadline.hpp>
#include <fleetman/net/connect.hpp>

#include <algorithm>

namespace fleetman::s3 {
namespace {

net::address address_of(const connection& to)
{
    net::address at = to.endpoint.at;
    if (!to.path_style)
        at.host = to.bucket + '.' + at.host;
    return at;
}

// Whatever an ETag or a setting holds, it must not become another header or another request.
result<void> check_head(const wire_request& request)
{
    const auto breaks_line = [](const std::string& text) {
        return std::any_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    };
    for (const auto& [name, value] : request.headers)
        if (breaks_line(name) || breaks_line(value))
            return error(
                errc::invalid, "the header " + name.substr(0, name.find_first_of("\r\n")) + " would hold a line break");
    return result<void>();
}

// The network's failures name no bucket by themselves.
result<wire_response> told(exchange_outcome outcome, const connection& to)
{
    if (outcome.answer || !outcome.by_network)
        return std::move(outcome.answer);
    const error& reason = outcome.answer.error();
    return error(reason.code(), reason.message() + " (" + name_of(to) + ')');
}

} // namespace

http_transport::http_transport(const connection& to, std::shared_ptr<const net::tls_trust> trust)
    : to_(to), trust_(std::move(trust)), permits_(to.connections), uploads_(to.upload_connections)
{}

task<result<semaphore::permit>> http_transport::take_turn(semaphore of, milliseconds patience, std::string busy)
{
    result<semaphore::permit> turn = co_await with_deadline(of.acquire(), patience);
    if (!turn)
        co_return turn.error().within(busy);
    co_return turn;
}

task<result<std::unique_ptr<pooled_connection>>> http_transport::connect()
{
    auto fresh = std::make_unique<pooled_connection>();
    const net::address at = address_of(to_);
    auto stream = !to_.endpoint.tls ? co_await net::connect(at, to_.connect_deadline)
                  : to_.proxy       ? co_await net::connect_tls_through(*to_.proxy, at, trust_, to_.connect_deadline)
                                    : co_await net::connect_tls(at, trust_, to_.connect_deadline);
    if (!stream) {
        const bool distrusted = stream.error().code() == errc::denied;
        const std::string advice = to_.proxy    ? "; check endpoint, ca_file and HTTPS_PROXY"
                                   : distrusted ? "; check endpoint and ca_file"
                                                : "; check endpoint";
        co_return error(stream.error().code(), name_of(to_) + ": " + stream.error().message() + advice);
    }
    fresh->stream = std::move(*stream);
    co_return std::move(fresh);
}

std::unique_ptr<pooled_connection> http_transport::take_idle()
{
    if (idle_.empty())
        return nullptr;
    auto last = std::move(idle_.back());
    idle_.pop_back();
    return last;
}

void http_transport::give_back(std::unique_ptr<pooled_connection> used)
{
    if (idle_.size() >= to_.idle_connections)
        return;
    used->stream->rest();
    idle_.push_back(std::move(used));
}

// A kept connection may have been closed by the server meanwhile, which shows only when it is used: then, and only
// when nothing of an answer came, the request goes out once more on a new one. A streamed body cannot be sent twice,
// so it begins on a new connection.
task<result<wire_response>> http_transport::send(const wire_request& request, destination to)
{
    if (result<void> fit = check_head(request); !fit)
        co_return fit.error();
    semaphore::permit upload;
    if (request.source != nullptr) {
        result<semaphore::permit> turn =
            co_await take_turn(uploads_, to_.upload_patience, "other uploads have all connections for uploads");
        if (!turn)
            co_return turn.error();
        upload = std::move(*turn);
    }
    const result<semaphore::permit> permit = co_await take_turn(
        permits_, to_.operation_deadline, "all " + std::to_string(to_.connections) + " connections are busy");
    if (!permit)
        co_return permit.error();

    const pacing pace{to_.idle_deadline, to_.least_bytes_an_idle_deadline};
    bool repeated = false;
    if (auto kept = request.source == nullptr ? take_idle() : nullptr) {
        exchange_outcome outcome = co_await exchange_http(*kept, request, to, pace);
        if (outcome.reusable)
            give_back(std::move(kept));
        if (!outcome.stale)
            co_return told(std::move(outcome), to_);
        idle_.clear(); // those kept longer have fared no better
        repeated = true;
    }
    result<std::unique_ptr<pooled_connection>> fresh = co_await connect();
    if (!fresh)
        co_return fresh.error();
    exchange_outcome outcome = co_await exchange_http(**fresh, request, to, pace);
    if (outcome.reusable)
        give_back(std::move(*fresh));
    if (outcome.answer)
        outcome.answer->repeated = repeated;
    co_return told(std::move(outcome), to_);
}

} // namespace fleetman::s3
