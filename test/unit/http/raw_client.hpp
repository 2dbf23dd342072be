#pragma once

#include <fleetman/http/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <string_view>
#include <thread>

// A server on its own thread and a client that sends and receives exact bytes.

namespace fleetman::testing {

class running_server
{
public:
    explicit running_server(
        http::handler serve, http::server_limits limits = {}, http::refusal_writer refuse = http::plain_refusal);
    ~running_server();
    running_server(const running_server&) = delete;
    running_server& operator=(const running_server&) = delete;

    std::uint16_t port() const { return port_; }

    // Stops as SIGTERM would; returns when the server has drained.
    void stop(std::chrono::milliseconds grace);

private:
    boost::asio::io_context loop_;
    http::server server_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

class raw_client
{
public:
    explicit raw_client(std::uint16_t port);
    void send(std::string_view bytes);
    void finish_sending();
    // Everything up to the end of the connection; throws after ten seconds.
    std::string receive_all();
    // Up to and including `mark`; throws when the connection ends before it, or after ten seconds.
    std::string receive_until(std::string_view mark);
    // True when the peer has closed, in order or with a reset, within ten seconds.
    bool closed_by_peer();

private:
    bool receive_some();

    boost::asio::io_context loop_;
    boost::asio::ip::tcp::socket socket_;
    std::string received_;
};

// One connection: sends, then returns all that came back until the server closed it.
std::string exchange(std::uint16_t port, std::string_view bytes);

} // namespace fleetman::testing
