#pragma once

#include <fleetman/core/task_group.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

// An HTTP server that misbehaves to order: each request gets the next reply of a script, byte for byte, and then what
// the script does to the connection.

namespace fleetman::testing {

class imposter
{
public:
    // Listens on a free port of 127.0.0.1 until stop().
    explicit imposter(const boost::asio::any_io_executor& executor);
    imposter(const imposter&) = delete;
    imposter& operator=(const imposter&) = delete;

    enum class ending
    {
        keep,     // waits for the next request
        close,    // FIN, without a word
        reset,    // RST
        stall,    // nothing more, until the client leaves
        trickle,  // a byte every 10 ms, until the client leaves
        cut_body, // answers when it has read the head alone, and closes with the body unread
    };
    imposter& then(std::string bytes, ending after = ending::keep);

    std::string url() const;
    task<void> stop();

    // Each request's head and as much of its body as its Content-Length says.
    const std::vector<std::string>& requests() const { return requests_; }
    std::size_t connections() const { return connections_; }
    std::size_t most_at_once() const { return most_at_once_; }
    bool used_up() const { return script_.empty(); }

private:
    struct reply
    {
        std::string bytes;
        ending after;
    };

    task<void> accept();
    task<void> serve(boost::asio::ip::tcp::socket socket);
    task<bool> read_request(boost::asio::ip::tcp::socket& socket, std::string& received);
    task<bool> act(boost::asio::ip::tcp::socket& socket, reply next);

    boost::asio::ip::tcp::acceptor acceptor_;
    task_group work_;
    std::uint16_t port_;
    std::deque<reply> script_;
    std::vector<std::string> requests_;
    std::size_t connections_ = 0;
    std::size_t open_ = 0;
    std::size_t most_at_once_ = 0;
};

// A whole answer with a Content-Length. `headers` are lines, each with its line end.
std::string http_answer(unsigned status, const std::string& body, const std::string& headers = {});

} // namespace fleetman::testing
