#include "failure.hpp"
#include "tls_stream.hpp"

#include <fleetman/core/deadline.hpp>
#include <fleetman/net/connect.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace fleetman::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds least_for_one_address{1000};

std::string name_of(const address& to)
{
    return to.host + ':' + std::to_string(to.port);
}

using open_socket = std::unique_ptr<tcp::socket>;

task<result<open_socket>> connect_one(tcp::endpoint to)
{
    auto socket = std::make_unique<tcp::socket>(co_await asio::this_coro::executor);
    const auto [failure] = co_await socket->async_connect(to, quietly);
    if (failure)
        co_return stream_failure("connect", failure);
    boost::system::error_code ignored; // a connection without it works, only slower
    socket->set_option(tcp::no_delay(true), ignored);
    co_return std::move(socket);
}

// Each address gets its share of the time, so that a dead first one does not use up all of it.
task<result<open_socket>> connect_any(address to, std::chrono::milliseconds limit)
{
    tcp::resolver resolver(co_await asio::this_coro::executor);
    const auto [unknown, found] = co_await resolver.async_resolve(to.host, std::to_string(to.port), quietly);
    if (unknown)
        co_return error(errc::unavailable, "cannot resolve " + to.host + ": " + unknown.message());

    const auto share =
        std::max(limit / static_cast<int>(std::max<std::size_t>(found.size(), 1)), least_for_one_address);
    error last(errc::unavailable, "no address for " + to.host);
    for (const auto& entry : found) {
        result<open_socket> connected = co_await with_deadline(connect_one(entry.endpoint()), share);
        if (connected)
            co_return std::move(*connected);
        last = connected.error();
    }
    co_return last;
}

task<result<open_socket>> connect_within(address to, std::chrono::milliseconds limit)
{
    result<open_socket> connected = co_await with_deadline(connect_any(to, limit), limit);
    if (!connected)
        co_return connected.error().within(name_of(to));
    co_return std::move(*connected);
}

} // namespace

task<result<std::unique_ptr<byte_stream>>> connect(address to, std::chrono::milliseconds limit)
{
    result<open_socket> socket = co_await connect_within(std::move(to), limit);
    if (!socket)
        co_return socket.error();
    co_return plain_stream(std::move(**socket));
}

task<result<std::unique_ptr<byte_stream>>> connect_tls(
    address to, std::shared_ptr<const tls_trust> trust, std::chrono::milliseconds limit)
{
    const auto start = std::chrono::steady_clock::now();
    result<open_socket> socket = co_await connect_within(to, limit);
    if (!socket)
        co_return socket.error();
    const auto spent = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    const auto left = std::max(limit - spent, std::chrono::milliseconds(1));
    result<std::unique_ptr<byte_stream>> agreed =
        co_await start_tls(std::move(**socket), to.host, std::move(trust), left);
    if (!agreed)
        co_return agreed.error().within(name_of(to));
    co_return std::move(*agreed);
}

} // namespace fleetman::net
