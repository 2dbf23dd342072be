#pragma once

#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// A file of lines that outlives the process and its crashes: appended to, flushed to the disk before they count, and
// bounded in size. Everything here blocks: use it on a worker pool, or through record_log.

namespace fleetman::control {

class record_file
{
public:
    // Makes the file (0600) when there is none, and cuts off a last line that a crash tore. Fails with denied or
    // failed.
    static result<record_file> open(const std::filesystem::path& file);

    // Appends whole lines, each with its line end, and flushes. When that fails (a full disk) nothing of them stays.
    result<void> append(std::string_view lines);

    // The file begins anew with these lines: a reader, and a crash, see the old content or the new one. A failure
    // leaves no second file.
    result<void> replace(std::string_view lines);

    // The file becomes FILE.1, that one FILE.2, up to `kept` of them; what is older goes. A new one begins.
    result<void> rotate(std::size_t kept);

    std::uint64_t size() const noexcept { return size_; } // in bytes
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    record_file(std::filesystem::path path, descriptor file, std::uint64_t size);

    std::filesystem::path path_;
    descriptor file_;
    std::uint64_t size_ = 0;
};

// FILE, then FILE.1 …: those that are there, the newest first.
std::vector<std::filesystem::path> rotated_files(const std::filesystem::path& file, std::size_t kept);

// Calls `take` with each whole line, without its end, in the order of the file. A file that is not there has none.
// Fails with too_large past `max_bytes`.
result<void> read_records(
    const std::filesystem::path& file, std::uint64_t max_bytes, const std::function<void(std::string_view)>& take);

} // namespace fleetman::control
