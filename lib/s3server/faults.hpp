#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/http/message.hpp>

#include <string>
#include <string_view>

// What can be wrong with a request, in S3's own codes (S3 API reference, "Error responses"). Everything below the
// handlers fails with one of these, and one place turns them into answers.

namespace fleetman::s3server {

enum class fault
{
    access_denied,
    authorization_header_malformed,
    authorization_query_parameters_error,
    bad_digest,
    bucket_already_owned_by_you,
    bucket_not_empty,
    content_sha256_mismatch,
    entity_too_large,
    entity_too_small,
    incomplete_body,
    internal_error,
    invalid_access_key_id,
    invalid_argument,
    invalid_bucket_name,
    invalid_digest,
    invalid_part,
    invalid_part_order,
    invalid_range,
    invalid_request,
    key_too_long,
    malformed_xml,
    metadata_too_large,
    method_not_allowed,
    missing_content_length,
    no_such_bucket,
    no_such_key,
    no_such_upload,
    not_implemented,
    precondition_failed,
    request_time_too_skewed,
    signature_does_not_match,
    slow_down,
};

std::string_view code_of(fault which);
http::status status_of(fault which);

// As an error: its store_fault() carries S3's code, its message S3's or `message`.
error make_error(fault which);
error make_error(fault which, std::string message);

// The fault that an error stands for; internal_error for those that are not ours.
fault fault_of(const error& failure);

} // namespace fleetman::s3server
