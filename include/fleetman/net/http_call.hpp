#pragma once

#include <fleetman/net/byte_stream.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// One small HTTP question and its answer over a connection of its own, for talking to services of this host. What
// objects need (signatures, retries, bodies as streams) is s3's.

namespace fleetman::net {

struct http_call
{
    std::string method = "GET";
    std::string target = "/";
    std::string host;                                           // of the Host header
    std::vector<std::pair<std::string, std::string>> headers{}; // further ones
    std::string body{};
};

struct http_answer
{
    unsigned status{};
    std::string body;       // its first `max_body` bytes
    bool truncated = false; // there was more
};

// Sends the call with "Connection: close", and reads the answer within `limit`. Fails with unavailable when no HTTP
// comes back (RFC 9112), with invalid for a call that would be another than it says (line ends in its parts).
task<result<http_answer>> exchange_once(
    byte_stream& stream, http_call call, std::size_t max_body, std::chrono::milliseconds limit);

} // namespace fleetman::net
