#pragma once

#include <fleetman/http/message.hpp>
#include <fleetman/http/server.hpp>
#include <fleetman/net/byte_stream.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <string>
#include <variant>

// Reads one request head and decides how its body is framed, where request smuggling is stopped (RFC 9112 section 6.3).

namespace fleetman::http {

using request_parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

// A connection's incoming side: bytes that were received and not yet used stay in `buffer` (pipelining).
struct incoming
{
    net::byte_stream& stream;
    boost::beast::flat_buffer buffer;
};

struct parsed_head
{
    request message; // without a body
    bool keep_alive;
    bool expects_continue;
    unsigned version; // 10 or 11
};

// The request is not served: answer this and close.
struct refusal
{
    status code;
    std::string reason;
};

// The peer left, or was too slow; nobody is there to answer.
struct peer_gone
{};

using head_outcome = std::variant<parsed_head, refusal, peer_gone>;

// True when a byte of the next request is there; false when the peer left or `limit` has passed.
task<bool> wait_for_request(incoming& from, std::chrono::milliseconds limit);

// Reads up to the end of the head. `parser` must be fresh; it goes on with a chunked body.
task<head_outcome> read_head(incoming& from, request_parser& parser, const server_limits& limits);

} // namespace fleetman::http
