#pragma once

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>

#include <boost/beast/http/fields.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The seam between S3's operations and the network: one signed HTTP request and its answer. Tests script it.

namespace fleetman::s3 {

struct wire_request
{
    std::string method;
    std::string target; // encoded path and query: the bytes that were signed
    std::vector<std::pair<std::string, std::string>> headers;
    std::string_view body;         // the operation's: parts of large objects are not held twice
    byte_source* source = nullptr; // instead of `body`
    std::uint64_t source_length = 0;
    milliseconds patience{0}; // beyond the connection's idle deadline, for the answer's beginning
};

struct wire_response
{
    unsigned status = 0;
    boost::beast::http::fields headers;
    std::string body;      // empty when a sink took it
    bool repeated = false; // it went out twice, as the first connection was lost before anything of an answer came

    std::string header(std::string_view name) const;
};

// Where the body of a 2xx answer goes. Every other body is kept in memory, cut off at a bound.
struct destination
{
    std::uint64_t max_bytes = 0; // in memory
    byte_sink* sink = nullptr;   // instead of memory
    // A part was asked for that begins here: all of the object, or another part, is not what the sink is to have.
    std::optional<std::uint64_t> part_from{};
    std::string_view part_etag{};  // of the object that it is a part of; one that is told must be this
    wire_response* head = nullptr; // gets status and headers of an answer for the sink before its body comes
};

class transport
{
public:
    virtual ~transport() = default;

    // Fails with unavailable (network, deadline), denied (TLS), too_large (past `max_bytes`), unsupported (the whole
    // came where a part was due), failed (another part did), conflict (a part of another object did), cancelled, or
    // what the source or sink failed with. A body from a source is read at most once.
    virtual task<result<wire_response>> send(const wire_request& request, destination to) = 0;
};

} // namespace fleetman::s3
