#pragma once

#include <fleetman/control/versions.hpp>
#include <fleetman/core/worker_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What a new version changes, file by file, and in texts line by line: what somebody looks at before publishing it.

namespace fleetman::control {

// Larger texts are not compared line by line, and of all texts together no more than this is shown.
inline constexpr std::uint64_t diffed_text_max_bytes = std::uint64_t{1} << 20;
inline constexpr std::uint64_t diff_total_max_bytes = std::uint64_t{4} << 20;

enum class file_change
{
    added,
    removed,
    changed
};

std::string_view to_string(file_change value);

struct compared_file
{
    model::file_path path;
    file_change change{};
    bool content = false; // its bytes differ
    bool rights = false;  // its type, owner, group or mode differ
    std::optional<version_file> from;
    std::optional<version_file> to;
    std::optional<std::string> diff; // of texts, as core/text_diff.hpp has it
    std::string no_diff;             // why there is none, of what is a text by its type
};

// Whether two files are the same by what is known of them: digests, else size and ETag.
bool same_content(const version_file& a, const version_file& b);
bool same_rights(const model::file_entry& a, const model::file_entry& b);

// Those that differ, in the order of their paths. Only what is present counts.
std::vector<compared_file> compare_files(const version_detail& from, const version_detail& to);

// The same with the differences of texts, which are read. Fails with not_found when there is no such version.
task<result<std::vector<compared_file>>> compare_versions(
    const versions& all, worker_pool& pool, manifest_place of, model::version from, model::version to);

} // namespace fleetman::control
