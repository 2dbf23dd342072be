#include "http_exchange.hpp"
#include "http_transport.hpp"

#include <fleetman/net/connect.hpp>

namespace fleetman::s3 {
namespace {

net::address address_of(const connection& to)
{
    net::address at = to.endpoint.at;
    if (!to.path_style)
        at.host = to.bucket + '.' + at.host;
    return at;
}

} // namespace

http_transport::http_transport(const connection& to, std::shared_ptr<const net::tls_trust> trust)
    : to_(to), trust_(std::move(trust)), permits_(to.connections)
{}

task<result<std::unique_ptr<pooled_connection>>> http_transport::connect()
{
    auto fresh = std::make_unique<pooled_connection>();
    const net::address at = address_of(to_);
    result<std::unique_ptr<net::byte_stream>> stream = to_.endpoint.tls
                                                           ? co_await net::connect_tls(at, trust_, to_.connect_deadline)
                                                           : co_await net::connect(at, to_.connect_deadline);
    if (!stream)
        co_return stream.error();
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
    if (idle_.size() < to_.idle_connections)
        idle_.push_back(std::move(used));
}

// A kept connection may have been closed by the server meanwhile, which shows only when it is used: then, and only
// when nothing of an answer came, the request goes out once more on a new one. A streamed body cannot be sent twice,
// so it begins on a new connection.
task<result<wire_response>> http_transport::send(const wire_request& request, destination to)
{
    const result<semaphore::permit> permit = co_await permits_.acquire();
    if (!permit)
        co_return permit.error();

    if (request.source == nullptr) {
        while (auto kept = take_idle()) {
            exchange_outcome outcome = co_await exchange_http(*kept, request, to, to_.idle_deadline);
            if (outcome.reusable)
                give_back(std::move(kept));
            if (!outcome.stale)
                co_return std::move(outcome.answer);
        }
    }
    result<std::unique_ptr<pooled_connection>> fresh = co_await connect();
    if (!fresh)
        co_return fresh.error();
    exchange_outcome outcome = co_await exchange_http(**fresh, request, to, to_.idle_deadline);
    if (outcome.reusable)
        give_back(std::move(*fresh));
    co_return std::move(outcome.answer);
}

} // namespace fleetman::s3
