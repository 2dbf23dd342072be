#pragma once

#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/result.hpp>

#include <filesystem>
#include <string_view>

// What every writer of our own files does alike: all of the bytes, and a failure that names the file. For files that
// others may write to see host/files.hpp.

namespace fleetman {

// From errno: "flush /var/lib/x: No space left on device". EACCES, EPERM and EROFS are denied, the rest failed: a file
// of ours that is missing is a trouble of this host, and nothing that a caller asked for and did not find.
error file_failure(std::string_view doing, const std::filesystem::path& file);

// write(2) until all is written, without flushing. `named` is for the failure.
result<void> write_all(const descriptor& file, std::string_view content, const std::filesystem::path& named);

} // namespace fleetman
