#include <fleetman/core/text.hpp>
#include <fleetman/testing/imposter.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

namespace fleetman::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);

std::size_t content_length(const std::string& head)
{
    constexpr std::string_view name = "\r\ncontent-length: ";
    const std::string lower = lower_case(head);
    const std::size_t at = lower.find(name);
    if (at == std::string::npos)
        return 0;
    const std::size_t begin = at + name.size();
    return parse_integer<std::size_t>(std::string_view(lower).substr(begin, lower.find('\r', begin) - begin))
        .value_or(0);
}

} // namespace

imposter::imposter(const asio::any_io_executor& executor)
    : acceptor_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), work_(executor, "imposter"),
      port_(acceptor_.local_endpoint().port())
{
    work_.spawn(accept());
}

imposter& imposter::then(std::string bytes, ending after)
{
    script_.push_back({std::move(bytes), after});
    return *this;
}

std::string imposter::url() const
{
    return "http://127.0.0.1:" + std::to_string(port_);
}

task<void> imposter::stop()
{
    acceptor_.close();
    co_await work_.drain(std::chrono::milliseconds(0));
}

task<void> imposter::accept()
{
    for (;;) {
        auto [refused, socket] = co_await acceptor_.async_accept(quietly);
        if (refused)
            co_return;
        ++connections_;
        work_.spawn(serve(std::move(socket)));
    }
}

task<void> imposter::serve(tcp::socket socket)
{
    most_at_once_ = std::max(most_at_once_, ++open_);
    std::string received;
    for (bool more = true; more;) {
        more = co_await read_request(socket, received);
        if (!more)
            break;
        if (script_.empty()) {
            more = co_await act(socket, {http_answer(500, "nothing is scripted"), ending::close});
            break;
        }
        reply next = std::move(script_.front());
        script_.pop_front();
        more = co_await act(socket, std::move(next));
    }
    --open_;
}

task<bool> imposter::read_request(tcp::socket& socket, std::string& received)
{
    std::array<char, 16'384> block{};
    for (;;) {
        const std::size_t end = received.find("\r\n\r\n");
        if (end != std::string::npos) {
            const bool head_only = !script_.empty() && script_.front().after == ending::cut_body;
            const std::size_t whole = end + 4 + (head_only ? 0 : content_length(received.substr(0, end)));
            if (received.size() >= whole) {
                requests_.push_back(received.substr(0, whole));
                received.erase(0, whole);
                co_return true;
            }
        }
        const auto [gone, count] = co_await socket.async_read_some(asio::buffer(block), quietly);
        if (gone)
            co_return false;
        received.append(block.data(), count);
    }
}

task<bool> imposter::act(tcp::socket& socket, reply next)
{
    co_await asio::async_write(socket, asio::buffer(next.bytes), quietly);
    boost::system::error_code failure;
    switch (next.after) {
    case ending::keep: co_return true;
    case ending::close:
    case ending::cut_body: socket.close(failure); co_return false;
    case ending::reset:
        socket.set_option(asio::socket_base::linger(true, 0), failure);
        socket.close(failure);
        co_return false;
    case ending::stall: {
        std::array<char, 1> left{};
        co_await socket.async_read_some(asio::buffer(left), quietly);
        co_return false;
    }
    case ending::trickle: break;
    }
    asio::steady_timer timer(socket.get_executor());
    while (!failure) {
        timer.expires_after(std::chrono::milliseconds(10));
        co_await timer.async_wait(quietly);
        std::tie(failure, std::ignore) = co_await asio::async_write(socket, asio::buffer(" ", 1), quietly);
    }
    co_return false;
}

std::string http_answer(unsigned status, const std::string& body, const std::string& headers)
{
    return "HTTP/1.1 " + std::to_string(status) + " Answer\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace fleetman::testing
