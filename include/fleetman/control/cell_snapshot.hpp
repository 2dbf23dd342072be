#pragma once

#include <fleetman/control/catalog.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// One version of a cell as it was published: what its agent installs.

namespace fleetman::control {

struct cell_version
{
    model::version version;
    bool complete = false; // has its manifest
    bool triggered = false;
    std::size_t files = 0;
    std::uint64_t size = 0;
    wall_time modified{};
};

struct snapshot_file
{
    model::file_entry entry; // as the snapshot has it; type binary and nothing else when it names no such file
    bool overridden = false; // the cell's overrides manifest had a say in it
    std::uint64_t size = 0;
    std::string etag;
    wall_time modified{};
};

struct cell_snapshot
{
    cell_version summary;
    std::vector<snapshot_file> files; // in the order of their paths
};

// Fails with not_found.
task<result<cell_snapshot>> describe_snapshot(cell_place of, model::version version);

// A file of it, without reading it. Fails with not_found.
task<result<storage::object_info>> snapshot_file_info(cell_place of, model::version version, model::file_path path);

} // namespace fleetman::control
