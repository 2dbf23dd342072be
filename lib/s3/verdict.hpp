#pragma once

#include "operation.hpp"

#include <fleetman/core/result.hpp>
#include <fleetman/s3/connection.hpp>
#include <fleetman/s3/transport.hpp>

#include <optional>
#include <string>

// What an answer means: the only place that reads status codes and S3's error codes (Amazon S3 API reference, "Error
// responses"), and that words a refusal for the operator.

namespace fleetman::s3 {

enum class verdict
{
    done,
    not_modified,
    retry,
    refused,
};

struct judgement
{
    verdict what;
    error reason;                      // for retry and refused
    std::optional<milliseconds> pause; // the store's own wish (Retry-After)
};

// "bucket fleet at https://s3.example.net".
std::string name_of(const connection& to);

judgement judge(const result<wire_response>& answer, const operation& what, const connection& to);

} // namespace fleetman::s3
