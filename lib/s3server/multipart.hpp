#pragma once

#include "s3_request.hpp"

#include <cstddef>
#include <vector>

// What the operations on an upload in parts share.

namespace fleetman::s3server {

// S3 user guide, "Amazon S3 multipart upload limits".
inline constexpr unsigned most_parts = 10'000;

struct upload_with_parts
{
    upload_row upload;
    std::vector<part_row> parts;
};

// The upload that the request names, and its parts above number `after`, up to `limit`. Fails with no_such_upload.
task<result<upload_with_parts>> find_upload(s3_request& asked, store_parts& store, unsigned after, std::size_t limit);

} // namespace fleetman::s3server
