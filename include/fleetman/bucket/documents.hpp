#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/model/documents.hpp>
#include <fleetman/model/manifest.hpp>

#include <optional>
#include <string>

// The documents of the tree, typed: the right key, a bounded read, the right reader. What a document says is in
// `value`; which of its writings this is (ETag, Last-Modified) is in `info`.
//
// Reading fails with not_found when there is none, invalid when it cannot be understood, too_large past the limits of
// model/, else as object_store does. Messages name the key.

namespace fleetman::bucket {

template <class T>
struct stored
{
    T value;
    storage::object_info info;
};

task<result<stored<model::trigger>>> read_trigger(location at, model::cell_ref cell);
task<result<stored<model::cell_metadata>>> read_metadata(location at, model::cell_ref cell);
task<result<stored<model::deployment_status>>> read_status(location at, model::cell_ref cell);
task<result<stored<model::overrides_manifest>>> read_overrides_manifest(location at, model::cell_ref cell);
task<result<stored<model::agent_report>>> read_agent_report(location at, model::node_id node);
task<result<stored<model::bell>>> read_bell(location at, model::node_id node);

// Nothing when the bell still has this ETag: the one request of an agent's idle poll.
task<result<std::optional<stored<model::bell>>>> read_bell_if_changed(
    location at, model::node_id node, std::string etag);

// A cell's snapshot as a controller reads it (every required field), and as an agent does (name and version are used
// when the snapshot has none).
task<result<stored<model::snapshot>>> read_snapshot(location at, model::cell_ref cell, model::version version);
task<result<stored<model::snapshot>>> read_snapshot_for_agent(
    location at, model::cell_ref cell, model::version version, model::manifest_name name);
task<result<stored<model::overrides_manifest>>> read_snapshot_overrides(
    location at, model::cell_ref cell, model::version version);

// The seal of a finalized version.
task<result<stored<model::snapshot>>> read_deployment_manifest(
    location at, model::manifest_name manifest, model::version version);

// Writing returns the new ETag and fails as object_store does.
task<result<std::string>> write_trigger(location at, model::cell_ref cell, model::trigger value);
task<result<std::string>> write_metadata(location at, model::cell_ref cell, model::cell_metadata value);
task<result<std::string>> write_status(location at, model::cell_ref cell, model::deployment_status value);
task<result<std::string>> write_overrides_manifest(location at, model::cell_ref cell, model::overrides_manifest value,
    storage::put_condition when = storage::put_condition::always());
task<result<std::string>> write_agent_report(location at, model::agent_report value);

// Tells a node's agent that one of its triggers was written or deleted: a fresh random value.
task<result<void>> ring(location at, model::node_id node);

// Absence as a value: for documents that need not be there.
template <class T>
result<std::optional<T>> if_present(result<T> read)
{
    if (read)
        return std::optional<T>(std::move(*read));
    if (read.error().code() == errc::not_found)
        return std::optional<T>();
    return read.error();
}

} // namespace fleetman::bucket
