#pragma once

#include "http_transport.hpp"

// One request and its answer on one connection.

namespace fleetman::s3 {

struct exchange_outcome
{
    result<wire_response> answer;
    bool reusable = false; // the connection stands at the start of the next answer
    bool stale = false;    // it was closed before anything of an answer came
};

// `idle` bounds each read and write.
task<exchange_outcome> exchange_http(
    pooled_connection& on, const wire_request& request, destination to, milliseconds idle);

} // namespace fleetman::s3
