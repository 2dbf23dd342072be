#pragma once

#include "rows.hpp"
#include "s3_request.hpp"

#include <fleetman/http/message.hpp>

// The fields of a put that are kept with the object, and how a get gives them back.

namespace fleetman::s3server {

// Content-Type and its like, and x-amz-meta-*. Fails with metadata_too_large past S3's 2 KiB, and with not_implemented
// on a field that asks for what this store does not do (ACLs other than private, tags, encryption, locks).
result<kept_headers> headers_to_keep(const s3_request& asked);

// ETag, Last-Modified, the kept fields, and a presigned query's response-… overrides.
void describe_object(http::response& into, const object_row& object, const s3_request& asked);

std::string quoted_etag(std::string_view etag);
// Without quotes, and without the W/ of a weak one.
std::string bare_etag(std::string_view etag);

} // namespace fleetman::s3server
