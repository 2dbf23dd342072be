#pragma once

#include <fleetman/core/clock.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// The spellings of a moment that the bucket, HTTP and S3 use. All are UTC unless said otherwise.

namespace fleetman {

std::int64_t unix_seconds(wall_time when);
// Seconds come from other machines' documents: what no wall_time can hold becomes the nearest that it can, in 1679 or
// 2260.
wall_time from_unix_seconds(std::int64_t seconds);

// "2026-01-05T10:00:00+00:00", the form of `created_at` (RFC 3339).
std::string rfc3339(wall_time when);
// "2026-01-05T10:00:00.123Z", the form in S3 listings and our API.
std::string rfc3339_millis(wall_time when);
// Reads both, with any offset and any fraction. Fails with invalid.
result<wall_time> parse_rfc3339(std::string_view text);

// "Mon, 05 Jan 2026 10:00:00 GMT", IMF-fixdate (RFC 9110 section 5.6.7).
std::string http_date(wall_time when);
result<wall_time> parse_http_date(std::string_view text);

// "20260105T100000Z", the form in SigV4.
std::string sigv4_timestamp(wall_time when);
result<wall_time> parse_sigv4_timestamp(std::string_view text);

// "20260105-100000-123" in local time, the suffix of recycled folders and backups (interop: yyyyMMdd-HHmmss-SSS).
std::string local_stamp(wall_time when);
// The moment of such a stamp; of an hour that the clocks went through twice, either. Fails with invalid.
result<wall_time> parse_local_stamp(std::string_view text);

} // namespace fleetman
