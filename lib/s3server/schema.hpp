#pragma once

#include "sqlite.hpp"

// The tables of the index and the number of their format.

namespace fleetman::s3server {

// Raised with every change of the tables; migrations go from any smaller number to this.
inline constexpr std::int64_t format_version = 2;

// Makes a new file's tables, or checks an old one's format and brings it up to this one. Sets what makes an
// acknowledged commit survive a power cut. Fails with unsupported when a newer Fleetman wrote the file, and with
// invalid when it is not ours.
result<void> prepare_schema(database& index);

// For those who only read. Fails with unsupported unless the file has just this format, and with invalid when it is not
// ours.
result<void> expect_schema(database& index);

} // namespace fleetman::s3server
