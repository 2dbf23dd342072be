#pragma once

#include <fleetman/control/cell_snapshot.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What publishing a version to a cell would write, and what that changes on the node. Writes nothing.

namespace fleetman::control {

enum class preview_change
{
    added,
    changed, // its bytes
    rights,  // its type, owner, group or mode alone
    same,
    unknown // nothing to compare with
};

std::string_view to_string(preview_change value);

struct previewed_file
{
    snapshot_file file; // as it would be in the snapshot
    preview_change change{};
};

struct cell_preview
{
    bool existing = false;                 // the cell has this version's snapshot: publishing writes only a new trigger
    std::optional<model::version> running; // what it is compared with: the version that runs, if its snapshot is there
    std::vector<previewed_file> files;     // in the order of their paths
    std::vector<model::file_path> removed; // of what runs
    std::size_t strays = 0;                // objects of a broken attempt that would be removed first
};

// `running` is the version that the cell's agent reports. Fails as publishing would before it begins: not_found when
// neither the cell nor its manifest has the version, conflict when that is a draft, invalid when the files cannot be
// deployed together.
task<result<cell_preview>> preview_publish(
    catalog& names, model::cell_ref cell, model::version version, std::optional<std::string> running);

} // namespace fleetman::control
