#pragma once

#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/result.hpp>

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

// Whole files by path: read with a bound, written so that a reader and a power cut see the old or the new one. For
// folders that only the operator writes to; in a service's, use host/folder.hpp. All of it blocks.

namespace fleetman::host {

// Fails with not_found, or too_large past `max_bytes`.
result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);
result<std::string> read_file(const descriptor& file, std::uint64_t max_bytes, const std::string& named);

// A temporary file in the same folder, fsync, rename, fsync of the folder. The temporary name begins with "." so that
// systemd and supervisord, whose folders these are, do not take it for one of theirs.
result<void> write_file_durably(const std::filesystem::path& path, std::string_view text, mode_t mode);
// The two halves of it, for whoever must do something in between.
result<void> write_scratch(const std::filesystem::path& scratch, std::string_view text, mode_t mode);
result<void> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

// The same with two files that take turns (RENAME_EXCHANGE), for what must be noted when the disk is full by then: the
// one that is not `path` stays there as its scratch file, and both are kept `spare` bytes larger than the text, filled
// up with line ends. Where names cannot be exchanged, it is no better than write_file_durably().
result<void> write_in_turns(const std::filesystem::path& path, std::string_view text, std::size_t spare);
// Removes both.
result<void> remove_turns(const std::filesystem::path& path);

// Puts `from` in the place of `to`, and what was there in the place of `from`, in one step; a rename when there was
// nothing, or when the file system cannot exchange names.
result<void> exchange_durably(const std::filesystem::path& from, const std::filesystem::path& to);

result<void> write_all(const descriptor& file, std::string_view bytes, const std::string& named);

// Removes a file and makes that last; absent is fine.
result<void> remove_durably(const std::filesystem::path& path);

struct space
{
    std::uint64_t bytes; // what this process may still write
    std::uint64_t files;
    std::uint64_t block; // a file takes a multiple of it
};

result<space> free_space(const std::filesystem::path& path);

} // namespace fleetman::host
