#pragma once

#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/record.hpp>
#include <fleetman/host/folder.hpp>

#include <optional>
#include <string>
#include <vector>

// What the service wrote is reachable at the same relative path in every release (docs/agent.md, "What the service
// wrote"). Nothing is copied and nothing moves before the switch is committed: first a second name is made in the
// release to come, and once that runs the first name is dropped.
//
//  - A file that no manifest names gets a hard link: the same file, also for whoever has it open.
//  - A folder that is wholly the service's moves once into shared/, in one step that leaves a link at its old path;
//    from then on each release has a link to it.
//  - Where a version has files of its own in such a folder, the two are laid over each other name by name.
//
// All of it blocks, and runs while the service is down. It can be repeated after a crash at any point.

namespace fleetman::agent {

struct carried_names
{
    std::vector<std::string> paths;     // in both releases now
    std::vector<std::string> conflicts; // left behind: the new version brings something of that name
};

// `from` is the release that ran until now, `to` the one that will.
result<carried_names> carry(const cell_layout& layout, const release_record& from, const release_record& to);

// The folders that are the service's from the start ("logs/"): made in shared/, with their rights, where `to` has none
// yet.
result<void> provide_kept_folders(const cell_layout& layout, const release_record& to);

// Removes names that carry() made in or left in `release` or a store that it links to, links only: what they lead to
// stays.
result<void> drop_names(const cell_layout& layout, const std::string& release, const std::vector<std::string>& paths);

struct kept_aside
{
    std::size_t moved{};
    std::vector<std::string> left; // what could not be moved, each with the reason
    std::optional<error> later;    // why the rest may be moved another time, such as a full disk
};

// Moves what is still there of `conflicts` out of `release` to the same paths below `backup`, which is made when it is
// needed and may lie on another file system.
kept_aside keep_aside(const cell_layout& layout, const std::string& release, const std::vector<std::string>& conflicts,
    const std::filesystem::path& backup);

} // namespace fleetman::agent
