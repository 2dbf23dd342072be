#pragma once

#include "s3_request.hpp"

#include <string>

// An object found and its body at hand, together, although another request may replace it in between.

namespace fleetman::s3server {

struct readable_object
{
    object_row row;
    file_descriptor file; // null: the body is in the row, or was not asked for
};

// Fails with internal_error when the body was found damaged, or is small and not what was put.
result<void> check_sound(const object_row& row);

enum class wanted_body
{
    none,
    open
};

// Fails with no_such_bucket or no_such_key, and as check_sound() does.
task<result<readable_object>> open_object(
    store_parts& store, std::string bucket, std::string key, wanted_body body = wanted_body::open);

} // namespace fleetman::s3server
