#pragma once

#include <fleetman/http/message.hpp>
#include <fleetman/net/byte_stream.hpp>

#include <chrono>
#include <string>

// Frames an answer and sends it: lengths, chunks, what HEAD and 304 leave out (RFC 9112 section 6, RFC 9110
// section 6.4).

namespace fleetman::http {

// What the answer's form depends on besides the answer.
struct answer_context
{
    verb method;
    unsigned version; // 10 or 11
    bool keep_alive;
    std::string date;
    std::chrono::milliseconds block_deadline; // for each block of at most a mebibyte
};

// Sends all of `answer`; true when the connection can carry another request. Fails with unavailable when the peer left
// or stalls, and with the body's own error: the connection must be closed then, so that the peer sees a cut answer.
task<result<bool>> write_response(net::byte_stream& to, response answer, answer_context context);

} // namespace fleetman::http
