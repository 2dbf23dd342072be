#pragma once

#include "http_transport.hpp"

// One request and its answer on one connection.

namespace fleetman::s3 {

struct exchange_outcome
{
    result<wire_response> answer;
    bool reusable = false;   // the connection stands at the start of the next answer
    bool stale = false;      // it was closed before anything of an answer came
    bool by_network = false; // it is the connection that failed, or what came over it, and no source or sink
};

// How patient one exchange is.
struct pacing
{
    milliseconds idle;         // for each read and write
    std::uint64_t least_bytes; // of a body in as much waiting for it
};

task<exchange_outcome> exchange_http(pooled_connection& on, const wire_request& request, destination to, pacing pace);

} // namespace fleetman::s3
