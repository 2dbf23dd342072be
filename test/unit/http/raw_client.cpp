#include "raw_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <sys/time.h>

#include <future>
#include <stdexcept>

namespace fleetman::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

running_server::running_server(http::handler serve, http::server_limits limits, http::refusal_writer refuse)
    : server_(loop_.get_executor(), "test", std::move(serve), limits, std::move(refuse))
{
    port_ = server_.listen({"127.0.0.1", 0}).value();
    asio::co_spawn(loop_, server_.run(), asio::detached);
    thread_ = std::thread([this] { loop_.run(); });
}

running_server::~running_server()
{
    stop(std::chrono::milliseconds(0));
}

void running_server::stop(std::chrono::milliseconds grace)
{
    if (!thread_.joinable())
        return;
    asio::co_spawn(loop_, server_.stop(grace), asio::detached);
    thread_.join();
}

raw_client::raw_client(std::uint16_t port) : socket_(loop_)
{
    socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
    const timeval ten_seconds{10, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &ten_seconds, sizeof ten_seconds);
}

void raw_client::send(std::string_view bytes)
{
    boost::system::error_code ignored; // the server may refuse and close before it has read all
    asio::write(socket_, asio::buffer(bytes), ignored);
}

void raw_client::finish_sending()
{
    socket_.shutdown(tcp::socket::shutdown_send);
}

bool raw_client::receive_some()
{
    std::array<char, 65536> block{};
    const ssize_t length = ::recv(socket_.native_handle(), block.data(), block.size(), 0);
    if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        throw std::runtime_error("nothing came for ten seconds after: " + received_);
    if (length <= 0)
        return false;
    received_.append(block.data(), static_cast<std::size_t>(length));
    return true;
}

std::string raw_client::receive_all()
{
    while (receive_some()) {
    }
    return std::exchange(received_, {});
}

std::string raw_client::receive_until(std::string_view mark)
{
    std::size_t at = received_.find(mark);
    while (at == std::string::npos) {
        if (!receive_some())
            throw std::runtime_error("the connection ended after: " + received_);
        at = received_.find(mark);
    }
    std::string head = received_.substr(0, at + mark.size());
    received_.erase(0, at + mark.size());
    return head;
}

bool raw_client::closed_by_peer()
{
    return !receive_some();
}

std::string exchange(std::uint16_t port, std::string_view bytes)
{
    raw_client client(port);
    client.send(bytes);
    return client.receive_all();
}

} // namespace fleetman::testing
