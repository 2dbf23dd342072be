#pragma once

#include <fleetman/agent/contents.hpp>
#include <fleetman/agent/record.hpp>
#include <fleetman/agent/reuse.hpp>
#include <fleetman/bucket/location.hpp>
#include <fleetman/core/worker_pool.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/model/manifest.hpp>

#include <memory>

// From the bucket to a folder: what a version consists of, and its files, verified. Nothing that runs is touched.

namespace fleetman::agent {

// Downloads of one cell at a time; each holds one block in memory.
inline constexpr std::size_t parallel_downloads = 8;
inline constexpr unsigned download_attempts = 3; // of one file, in a row and without a byte more

struct fetched_version
{
    model::snapshot snapshot;
    release_contents contents;
};

// Reads the cell's metadata, the snapshot's manifest, the overrides' manifest and the listing. Fails with not_found
// when there is no such snapshot, invalid when it cannot be deployed as it is, unavailable when trying later may help.
task<result<fetched_version>> read_version(bucket::location at, model::cell_ref cell, model::version version);

struct fetched_contents
{
    std::vector<fetched_file> files; // parallel to release_contents::files
    std::size_t downloaded = 0;
    std::uint64_t downloaded_bytes = 0;
};

// Brings every file into `into`, which is the agent's alone while this runs, and makes the folders on the way: copied
// when it is `at_hand`, else downloaded. Each download is checked against the listing's size and, where known, its
// SHA-256; a store that can tells by ETag whether the object changed since it was listed. `contents`, `into` and
// `at_hand` must outlive the task.
task<result<fetched_contents>> fetch(bucket::location at, const release_contents& contents, const host::folder& into,
    const reusable_files& at_hand, worker_pool& workers, clock& time);

} // namespace fleetman::agent
