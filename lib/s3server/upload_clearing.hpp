#pragma once

#include "s3_request.hpp"

// Ends uploads in parts that nobody goes on with: their parts are in no listing of objects, and would stay for ever.

namespace fleetman::s3server {

// Until it is cancelled: each hour, those that have neither begun nor got a part for a week.
task<void> clear_uploads(store_parts parts);

} // namespace fleetman::s3server
