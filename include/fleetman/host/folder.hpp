#pragma once

#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/result.hpp>

#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A folder held open, and what lies directly in it. Services own some of the folders that a privileged agent works
// in and may put a symlink in the way at any moment; every operation here goes through the open descriptor and follows
// none (openat(2), O_NOFOLLOW), so that it cannot be led elsewhere. All of it blocks: call it on a worker_pool.

namespace fleetman::host {

struct rights
{
    uid_t owner;
    gid_t group;
    mode_t mode; // 07777
    bool operator==(const rights&) const = default;
};

class folder
{
public:
    // `path` is an operator's: symlinks on the way are followed. Fails with not_found, invalid when it is no folder.
    static result<folder> open(const std::filesystem::path& path);
    // The same, made first with all that is missing above it.
    static result<folder> make_all(const std::filesystem::path& path, mode_t mode);

    const std::filesystem::path& path() const noexcept { return path_; } // for messages, and for links to it
    int get() const noexcept { return open_.get(); }

    // Names are one part of a path each: not empty, no "/", not "." or ".."; anything else fails with invalid.

    result<folder> enter(std::string_view name) const;
    result<folder> make(std::string_view name, mode_t mode) const; // one that is there already is entered
    // A new empty file, mode 0600; fails with conflict when the name is taken.
    result<descriptor> create_file(std::string_view name) const;
    // For reading; fails with invalid unless it is a regular file.
    result<descriptor> open_file(std::string_view name) const;
    // lstat(2): nothing when the name is free.
    result<std::optional<struct ::stat>> look(std::string_view name) const;
    result<std::vector<std::string>> names() const; // sorted
    // The target, or nothing when it is absent or no symlink.
    result<std::optional<std::string>> link_target(std::string_view name) const;

    // A symlink of that name, in place of whatever symlink or file was there, in one rename.
    result<void> point(std::string_view name, const std::string& target) const;
    // A second name for a file or symlink (link(2)); fails with conflict when it is taken.
    result<void> link_to(std::string_view name, const folder& other, std::string_view as) const;
    result<void> rename_to(std::string_view name, const folder& other, std::string_view as) const;
    // Swaps two names in one step, whatever they are (renameat2(2), RENAME_EXCHANGE).
    result<void> exchange(std::string_view name, const folder& other, std::string_view with) const;
    // A file or symlink; absent is fine.
    result<void> remove(std::string_view name) const;
    // A folder, unless something is in it (rmdir(2)); false when there is.
    result<bool> remove_if_empty(std::string_view name) const;
    // Whatever it is, with all below it; absent is fine.
    result<void> remove_tree(std::string_view name) const;

    result<rights> current_rights() const;
    result<void> set_rights(const rights& wanted) const;
    result<void> sync() const; // its entries survive a power cut
    // Everything of this file system (syncfs(2)): cheaper than one fsync a file from a few files on.
    result<void> sync_file_system() const;

private:
    folder(descriptor open, std::filesystem::path path) : open_(std::move(open)), path_(std::move(path)) {}

    descriptor open_;
    std::filesystem::path path_;
};

// Enters `path` part by part ("a/b/"), making what is missing with `mode` and following no symlink.
result<folder> descend(const folder& from, std::string_view path, std::optional<mode_t> make_with);

// On the open file: first the owner, since changing it clears setuid bits, then the mode.
result<void> set_rights(const descriptor& file, const rights& wanted, const std::string& named);

bool is_file_name(std::string_view name);

} // namespace fleetman::host
