#pragma once

#include "rows.hpp"
#include "s3_request.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// Conditions and ranges of requests, as pure decisions (RFC 9110 sections 13 and 14; S3 API reference, GetObject).

namespace fleetman::s3server {

enum class verdict
{
    go_on,
    not_modified,
    failed
};

// If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, each with `prefix` before its name
// ("x-amz-copy-source-" when the source of a copy is judged).
verdict judge_read(const s3_request& asked, const object_row& object, std::string_view prefix = "");

// If-None-Match: * and If-Match of a write. Fails with not_implemented on other forms, as S3 does.
result<write_condition> condition_of_write(const s3_request& asked);

struct byte_range
{
    std::uint64_t first{};
    std::uint64_t length{};
};

// Nothing when there is no range, or one to be ignored (several, another unit). Fails with invalid_range when none of
// it is there.
result<std::optional<byte_range>> range_of(std::string_view header, std::uint64_t size);

} // namespace fleetman::s3server
