#pragma once

#include <fleetman/agent/layout.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/host/folder.hpp>

#include <string>
#include <string_view>

// The links that a switch points elsewhere, so that behind the stop neither the way forward nor the way back needs an
// inode of a disk that may have none left: the new one is made before, and what it replaces keeps a second name until
// the end.

namespace fleetman::agent {

// Makes the link that point_link() will put in place, as `.NAME.next.new`, unless one of that target is there already.
result<void> prepare_link(const host::folder& in, std::string_view name, const std::string& target);

// A symlink in place of the one of that name, in one rename, like host::folder::point(): the prepared one, or the one
// that was there before. The one that it replaces stays beside it as `.NAME.before.new`.
result<void> point_link(const host::folder& in, std::string_view name, const std::string& target);

// Once there is no way back any more. What a cut leaves goes with the orphans, for it is named as what host::folder
// leaves.
result<void> forget_links(const cell_layout& layout);

} // namespace fleetman::agent
