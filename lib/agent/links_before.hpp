#pragma once

#include <fleetman/agent/layout.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/host/folder.hpp>

#include <string>
#include <string_view>

// The links of a switch can be pointed back on a disk without a free inode: what each was before keeps a second name.

namespace fleetman::agent {

// A symlink in place of the one of that name, in one rename, like host::folder::point(). The one that it replaces stays
// beside it as `.NAME.before.new`; when that is the link that is wanted it is taken, and nothing new is made.
result<void> point_and_keep(const host::folder& in, std::string_view name, const std::string& target);

// Once there is no way back any more. One that a cut leaves goes with the orphans, for it is named as what host::folder
// leaves.
result<void> forget_links_before(const cell_layout& layout);

} // namespace fleetman::agent
