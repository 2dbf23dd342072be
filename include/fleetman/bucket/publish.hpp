#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/bucket/snapshot_plan.hpp>
#include <fleetman/core/semaphore.hpp>
#include <fleetman/model/documents.hpp>
#include <fleetman/model/names.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

// Putting a version before a node's agent. The order of the writes is the guarantee: at every moment a reader finds no
// snapshot, or a whole one; and a repeat after any failure ends well.

namespace fleetman::bucket {

// How many objects of one snapshot are copied at a time.
inline constexpr std::size_t copies_at_a_time = 16;

// A version as publishing needs it, read once for however many cells.
struct sealed_version
{
    model::snapshot seal; // deployments/<manifest>/<version>/manifest.json
    listed_folder files;  // deployments/<manifest>/<version>/
};

// Fails with not_found when the version is not there, conflict when it is not finalized.
task<result<sealed_version>> read_sealed_version(location at, model::manifest_name manifest, model::version version);

struct publish_order
{
    location source; // the manifest's bucket, which has the version
    location target; // the cell's bucket
    model::manifest_name manifest;
    model::version version;
    model::cell_ref cell;

    // Shared with other orders: what bounds the copies under way in the whole process.
    semaphore copies{copies_at_a_time};
    // Asked when the cell has no snapshot of the version yet; empty: read_sealed_version().
    using version_reader = std::function<task<result<std::shared_ptr<const sealed_version>>>()>;
    version_reader read_version{};
    std::string trigger_id{}; // empty: a random one
};

struct published
{
    bool built; // false: the cell had this version's snapshot, and only the trigger is new
    model::trigger trigger;
};

// List everything; remove what an earlier broken attempt left; copy on the server's side with the overrides laid over,
// each file as it was listed or not at all; write overrides_manifest.json; check the result by listing it; create
// manifest.json, only if absent; then metadata.json, trigger.json and the node's bell. An existing snapshot gets a new
// trigger and the bell.
//
// Fails with conflict when the version is not finalized, the snapshot belongs to another manifest, or someone changes
// its files or its sources meanwhile; with not_found when the version is not there; otherwise as plan_snapshot() and
// object_store do. Callers let one order at a time run for a cell: where a store does not enforce create-if-absent that
// is what keeps a snapshot single.
task<result<published>> publish(publish_order order);

} // namespace fleetman::bucket
