#include "addresses.hpp"
#include "failure.hpp"
#include "tls_stream.hpp"
#include "tunnel.hpp"

#include <fleetman/core/deadline.hpp>
#include <fleetman/net/connect.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/un.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace fleetman::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds least_for_one_address{1000};

using open_socket = std::unique_ptr<tcp::socket>;
using endpoints = std::vector<tcp::endpoint>;

std::string name_of(const address& to)
{
    const bool bracketed = to.host.find(':') != std::string::npos;
    return (bracketed ? '[' + to.host + ']' : to.host) + ':' + std::to_string(to.port);
}

struct lookup
{
    explicit lookup(const asio::any_io_executor& executor) : resolver(executor), answered(executor) {}

    tcp::resolver resolver;
    asio::steady_timer answered; // cancelled, as a notification, by the answer
    bool done = false;
    boost::system::error_code failure;
    endpoints found;
};

// getaddrinfo(3) runs on a thread of Asio's and cannot be interrupted: an answer that comes too late is dropped.
task<result<endpoints>> resolve(address to, std::chrono::milliseconds limit)
{
    boost::system::error_code is_a_name;
    const asio::ip::address literal = asio::ip::make_address(to.host, is_a_name);
    if (!is_a_name)
        co_return endpoints{tcp::endpoint(literal, to.port)};

    const auto asked = std::make_shared<lookup>(co_await asio::this_coro::executor);
    asked->answered.expires_after(limit);
    asked->resolver.async_resolve(to.host, std::to_string(to.port), tcp::resolver::numeric_service,
        [asked](const boost::system::error_code& failure, const tcp::resolver::results_type& found) {
            asked->done = true;
            asked->failure = failure;
            for (const auto& entry : found)
                asked->found.push_back(entry.endpoint());
            asked->answered.cancel();
        });
    co_await asked->answered.async_wait(quietly);
    if (!asked->done)
        co_return error(errc::unavailable, "cannot resolve " + to.host + ": no answer in time");
    if (asked->failure)
        co_return error(errc::unavailable, "cannot resolve " + to.host + ": " + asked->failure.message());
    co_return std::move(asked->found);
}

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

task<result<open_socket>> connect_any(address to, std::chrono::milliseconds limit)
{
    result<endpoints> found = co_await resolve(to, limit);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return error(errc::unavailable, "no address for " + to.host);
    co_return co_await connect_in_turn(std::move(*found), limit);
}

task<result<open_socket>> connect_within(address to, std::chrono::milliseconds limit)
{
    result<open_socket> connected = co_await with_deadline(connect_any(to, limit), limit);
    if (!connected)
        co_return connected.error().within(name_of(to));
    co_return std::move(*connected);
}

task<result<void>> connect_local(asio::local::stream_protocol::socket& socket, std::string path)
{
    const auto [failure] = co_await socket.async_connect(asio::local::stream_protocol::endpoint(path), quietly);
    if (failure)
        co_return stream_failure("connect", failure);
    co_return result<void>();
}

} // namespace

task<result<std::unique_ptr<tcp::socket>>> connect_in_turn(
    std::vector<tcp::endpoint> addresses, std::chrono::milliseconds limit)
{
    const auto share =
        std::max(limit / static_cast<int>(std::max<std::size_t>(addresses.size(), 1)), least_for_one_address);
    error last(errc::unavailable, "no address");
    for (const tcp::endpoint& at : addresses) {
        result<open_socket> connected = co_await with_deadline(connect_one(at), share);
        if (connected)
            co_return std::move(*connected);
        last = connected.error();
    }
    co_return last;
}

task<result<std::unique_ptr<byte_stream>>> connect(address to, std::chrono::milliseconds limit)
{
    result<open_socket> socket = co_await connect_within(std::move(to), limit);
    if (!socket)
        co_return socket.error();
    co_return plain_stream(std::move(**socket));
}

task<result<std::unique_ptr<byte_stream>>> connect_unix(std::string path, std::chrono::milliseconds limit)
{
    using local = asio::local::stream_protocol;
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) // unix(7)
        co_return error(errc::invalid, "\"" + path + "\" is too short or too long for a unix socket");
    local::socket socket(co_await asio::this_coro::executor);
    task<result<void>> connecting = connect_local(socket, path);
    const result<void> connected = co_await with_deadline(std::move(connecting), limit);
    if (!connected)
        co_return connected.error().within(path);
    co_return plain_stream(std::move(socket));
}

namespace {

// What is left of a limit.
class remaining_time
{
public:
    explicit remaining_time(std::chrono::milliseconds limit) : until_(std::chrono::steady_clock::now() + limit) {}

    std::chrono::milliseconds left() const
    {
        const auto now = std::chrono::steady_clock::now();
        return std::max(std::chrono::floor<std::chrono::milliseconds>(until_ - now), std::chrono::milliseconds(1));
    }

private:
    std::chrono::steady_clock::time_point until_;
};

task<result<std::unique_ptr<byte_stream>>> agree(
    open_socket socket, address to, std::shared_ptr<const tls_trust> trust, std::chrono::milliseconds limit)
{
    result<std::unique_ptr<byte_stream>> agreed =
        co_await start_tls(std::move(*socket), to.host, std::move(trust), limit);
    if (!agreed)
        co_return agreed.error().within(name_of(to));
    co_return std::move(*agreed);
}

} // namespace

task<result<std::unique_ptr<byte_stream>>> connect_tls(
    address to, std::shared_ptr<const tls_trust> trust, std::chrono::milliseconds limit)
{
    const remaining_time time(limit);
    result<open_socket> socket = co_await connect_within(to, limit);
    if (!socket)
        co_return socket.error();
    co_return co_await agree(std::move(*socket), std::move(to), std::move(trust), time.left());
}

task<result<std::unique_ptr<byte_stream>>> connect_tls_through(
    proxy by, address to, std::shared_ptr<const tls_trust> trust, std::chrono::milliseconds limit)
{
    const remaining_time time(limit);
    const std::string named = "proxy " + name_of(by.at);
    result<open_socket> socket = co_await connect_within(by.at, limit);
    if (!socket)
        co_return socket.error().within("proxy");
    const result<void> through = co_await with_deadline(open_tunnel(**socket, to, by.authorization), time.left());
    if (!through)
        co_return through.error().within(named);
    co_return co_await agree(std::move(*socket), std::move(to), std::move(trust), time.left());
}

} // namespace fleetman::net
