#pragma once

#include <fleetman/core/result.hpp>

#include <filesystem>
#include <functional>
#include <string_view>

// Replaces a file whole or not at all: for what a crash must not leave half written, and no one else may read.

namespace fleetman {

// Writes `content` to a new file beside `file`, mode 0600, and renames it over, with everything flushed to the disk
// before and after (rename(2), fsync(2)). `still_wanted` is asked last, while other programs that replace the file in
// this way wait; its error is returned, and nothing is changed. Fails with denied or failed when the folder cannot be
// written. Blocks: call it on a worker pool.
result<void> replace_file(const std::filesystem::path& file, std::string_view content,
    const std::function<result<void>()>& still_wanted = {});

} // namespace fleetman
