#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/model/documents.hpp>
#include <fleetman/model/names.hpp>

#include <cstddef>

// Putting a version before a node's agent. The order of the writes is the guarantee: at every moment a reader finds no
// snapshot, or a whole one; and a repeat after any failure ends well.

namespace fleetman::bucket {

// How many objects of one snapshot are copied at a time.
inline constexpr std::size_t copies_at_a_time = 16;

struct publish_order
{
    location source; // the manifest's bucket, which has the version
    location target; // the cell's bucket
    model::manifest_name manifest;
    model::version version;
    model::cell_ref cell;
};

struct published
{
    bool built; // false: the cell had this version's snapshot, and only the trigger is new
    model::trigger trigger;
};

// List everything; remove what an earlier broken attempt left; copy on the server's side with the overrides laid over;
// write overrides_manifest.json; check the result by listing it; create manifest.json, only if absent; then
// metadata.json, trigger.json and the node's bell. An existing snapshot gets a new trigger and the bell.
//
// Fails with not_found when the version is not there, conflict when it is not finalized or the snapshot belongs to
// another manifest, otherwise as plan_snapshot() and object_store do. Callers let one order at a time run for a cell:
// where a store does not enforce create-if-absent that is what keeps a snapshot single.
task<result<published>> publish(publish_order order);

} // namespace fleetman::bucket
