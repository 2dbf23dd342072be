#pragma once

#include "body_check.hpp"
#include "s3_request.hpp"

#include <cstddef>

// Looks through all bodies again and again while the store serves, slowly, and marks those that are not what was put:
// better found in a quiet hour than when they are needed.

namespace fleetman::s3server {

class body_checker
{
public:
    explicit body_checker(store_parts parts) : parts_(std::move(parts)) {}

    // Until it is cancelled.
    task<void> run();

private:
    task<void> look_through();
    task<void> look_at(kept_body one);
    task<result<void>> read_through(body_reading& reading);
    task<void> pause_after(std::uint64_t bytes);

    store_parts parts_;
    std::uint64_t unpaused_ = 0; // bytes, and for each body what it costs beside them
};

} // namespace fleetman::s3server
