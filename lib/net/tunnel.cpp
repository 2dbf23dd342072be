#include "failure.hpp"
#include "tunnel.hpp"

#include <fleetman/core/text.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace fleetman::net {

namespace asio = boost::asio;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t head_max_bytes = 16'384;

std::string question(const address& to, const secret& authorization)
{
    const std::string host = to.host.find(':') == std::string::npos ? to.host : '[' + to.host + ']';
    const std::string authority = host + ':' + std::to_string(to.port);
    std::string text = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!authorization.empty())
        text += "Proxy-Authorization: " + authorization.reveal() + "\r\n";
    return text + "\r\n";
}

// Byte by byte: what follows the head is the server's.
task<result<std::string>> read_head(asio::ip::tcp::socket& from)
{
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
        std::array<char, 1> one{};
        const auto [failure, count] = co_await asio::async_read(from, asio::buffer(one), quietly);
        if (failure)
            co_return stream_failure("receive", failure);
        head += one.front();
        if (head.size() > head_max_bytes)
            co_return error(errc::unavailable, "its answer has no end");
    }
    co_return head;
}

// "HTTP/1.1 200 Connection established".
unsigned status_of(std::string_view head)
{
    const std::size_t blank = head.find(' ');
    if (!head.starts_with("HTTP/1.") || blank == std::string_view::npos)
        return 0;
    return parse_integer<unsigned>(head.substr(blank + 1, 3)).value_or(0);
}

} // namespace

task<result<void>> open_tunnel(asio::ip::tcp::socket& by, address to, secret authorization)
{
    const std::string text = question(to, authorization);
    const auto [failure, count] = co_await asio::async_write(by, asio::buffer(text), quietly);
    if (failure)
        co_return stream_failure("send", failure);
    const result<std::string> head = co_await read_head(by);
    if (!head)
        co_return head.error();
    const unsigned status = status_of(*head);
    if (status >= 200 && status < 300)
        co_return result<void>();
    if (status == 0)
        co_return error(errc::unavailable, "it does not speak HTTP");
    co_return error(
        status >= 500 ? errc::unavailable : errc::denied, "it does not let us through: HTTP " + std::to_string(status));
}

} // namespace fleetman::net
