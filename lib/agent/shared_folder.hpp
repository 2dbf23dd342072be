#pragma once

#include <fleetman/agent/layout.hpp>
#include <fleetman/host/folder.hpp>

#include <optional>
#include <string>
#include <string_view>

// A cell's shared/ holds the folders that are wholly its service's, its stores; releases hold links to them. What these
// names are and how a path leads through them is told here, for all who carry, keep and clear.

namespace fleetman::agent {

// A name in shared/ that was never used before, so that an old link cannot lead to a newer folder.
result<std::string> fresh_store(const host::folder& shared, const std::string& path);

// The name below shared/ that a link of ours leads to, or nothing when it is no such link.
result<std::optional<std::string>> store_behind(
    const host::folder& shared, const host::folder& here, const std::string& name);

// A folder directly in `here`: a real one, or the store that our link of that name leads to; no other link is followed.
result<host::folder> enter_part(
    const host::folder& shared, const host::folder& here, const std::string& name, std::optional<mode_t> make_with);

// host::descend() for a release, whose folders may be links into shared/; "" is the release itself.
result<host::folder> enter_path(
    const host::folder& shared, const host::folder& release, std::string_view path, std::optional<mode_t> make_with);

// Removes stores that are empty and that no release has a link to, and links that an adoption left which came no
// further: what an interrupted deployment made. A store that holds anything stays. Blocks.
void remove_unused_stores(const cell_layout& layout);

} // namespace fleetman::agent
