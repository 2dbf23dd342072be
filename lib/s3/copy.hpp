#pragma once

#include "session.hpp"

#include <string>

// Copies that the store makes on its side.

namespace fleetman::s3 {

struct copy_order
{
    std::string from_bucket;
    std::string from;
    std::string to;
    std::string from_etag; // empty: whatever it is now

    std::string doing() const { return "copy " + from + " to " + to; }
};

// In one request, or by parts when the store says that the source is too large for that.
task<result<std::string>> copy_object(session& on, copy_order what);

// In ranges of copy_part_bytes.
task<result<std::string>> copy_by_parts(session& on, copy_order what);

} // namespace fleetman::s3
