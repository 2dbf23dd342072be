#pragma once

#include "s3_request.hpp"

#include <fleetman/http/message.hpp>

#include <string>

// From an HTTP request to an S3 answer: who asks, what for, and how a failure is told.

namespace fleetman::s3server {

class service
{
public:
    explicit service(store_parts parts) : parts_(std::move(parts)) {}

    // An http::handler.
    task<http::response> serve(http::request& asked);

private:
    answer perform(http::request& asked);

    store_parts parts_;
};

} // namespace fleetman::s3server
