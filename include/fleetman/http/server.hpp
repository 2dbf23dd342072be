#pragma once

#include <fleetman/core/task_group.hpp>
#include <fleetman/http/message.hpp>
#include <fleetman/net/connect.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

// Accepts connections and turns bytes into requests: limits, deadlines, keep-alive, HEAD, Expect, framing. Knows no
// route and nothing of Fleetman. Hostile input costs its sender a connection and us a bounded amount of memory.

namespace fleetman::http {

struct server_limits
{
    std::size_t connections = 4096;
    std::uint32_t header_bytes = 32 * 1024;
    std::uint64_t body_bytes = std::uint64_t{5} << 30;
    std::chrono::milliseconds head_deadline{15'000}; // a whole request head
    std::chrono::milliseconds idle_deadline{60'000}; // between requests, and for each block of a body
};

// Words the answer to what never reached the handler, and to what the handler threw at. `why` is a sentence, `path` is
// empty when none was understood.
using refusal_writer = std::function<response(status code, std::string_view why, std::string_view path)>;

// As text/plain.
response plain_refusal(status code, std::string_view why, std::string_view path);

class server
{
public:
    // `executor` runs on one thread, or is a strand. `name` is the log module. The handler is called on `executor`; an
    // exception from it is logged and answered 500.
    server(boost::asio::any_io_executor executor, std::string name, handler serve, server_limits limits = {},
        refusal_writer refuse = plain_refusal);
    ~server();

    // Binds; fails with unavailable and a sentence that says who may hold the port. Returns the port bound.
    result<std::uint16_t> listen(net::address at);

    // Accepts until stop().
    task<void> run();

    // Closes the listener and idle connections, waits for requests under way, up to `grace`.
    task<void> stop(std::chrono::milliseconds grace);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace fleetman::http
