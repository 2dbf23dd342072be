#pragma once

#include <fleetman/model/documents.hpp>
#include <fleetman/model/manifest.hpp>
#include <fleetman/storage/object_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Deciding what a cell's snapshot of a version consists of, with no I/O: publishing performs the plan, a preview
// shows it, and its rules have a table of tests.

namespace fleetman::bucket {

// A folder of the tree as it was listed.
struct listed_folder
{
    std::string prefix; // ends with "/"
    std::vector<storage::object_info> objects;
};

struct snapshot_sources
{
    model::snapshot sealed;   // deployments/<manifest>/<version>/manifest.json
    listed_folder deployment; // deployments/<manifest>/<version>/
    listed_folder overrides;  // cells/<node>/<cell>/overrides/
    listed_folder present;    // cells/<node>/<cell>/versions/<version>/: what a broken attempt left there
    std::optional<model::overrides_manifest> overrides_manifest;
};

struct planned_copy
{
    model::file_path path;
    std::string from;
    bool overridden{}; // `from` is an override, in the cell's bucket; else a file of the version, in the manifest's
    std::uint64_t size{};
    std::string etag; // of the source
};

struct snapshot_plan
{
    std::vector<planned_copy> copies; // in the order of their paths, each path once
    std::vector<std::string> strays;  // keys in the target folder that are not part of the snapshot
    std::optional<model::overrides_manifest> overrides_manifest; // with owner, group and mode resolved
    model::snapshot manifest;                                    // what manifest.json says, but for the digests
};

// The version's files with the overrides laid over them. Folder markers (keys that end with "/") are not copied.
// Fails with invalid, naming all of them, when files of the manifest are nowhere or paths cannot be deployed.
result<snapshot_plan> plan_snapshot(const snapshot_sources& from);

// The manifest to write, given what the target folder holds once the copies are made: each file's size and ETag, and
// its SHA-256 where the version records one and no override replaced it. `copied` has the ETag that the store gave each
// copy. Fails with conflict when the folder is not exactly what was planned and copied, because someone else wrote to
// it or to a source.
result<model::snapshot> seal_snapshot(
    const snapshot_plan& plan, const std::vector<std::string>& copied, const listed_folder& target);

// Whether a folder holds exactly the files that a snapshot's manifest records, as far as it records sizes and ETags.
// Fails with conflict, and names the first file that is another.
result<void> check_snapshot(const model::snapshot& sealed, const listed_folder& folder);

} // namespace fleetman::bucket
