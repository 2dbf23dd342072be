#pragma once

#include <fleetman/s3/connection.hpp>

// How long to wait before another attempt.

namespace fleetman::s3 {

// Exponential with full jitter, so that a crowd that failed together does not come back together.
milliseconds retry_pause(const connection& to, unsigned attempts_made);

} // namespace fleetman::s3
