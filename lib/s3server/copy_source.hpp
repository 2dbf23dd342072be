#pragma once

#include "s3_request.hpp"

#include <string>

// Where a copy comes from.

namespace fleetman::s3server {

struct copy_source
{
    std::string bucket;
    std::string key;
};

// Of x-amz-copy-source: "/bucket/key" or "bucket/key", percent-encoded. Fails with invalid_argument, and with
// not_implemented for a version other than the null one.
result<copy_source> source_of(const s3_request& asked);

} // namespace fleetman::s3server
