#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/model/names.hpp>

#include <string>
#include <string_view>
#include <utility>

// The one place that spells a key. Controller and agent never call each other: the tree below is their contract, so a
// key that is not made here is a defect.

namespace fleetman::bucket {

// The last part of every version's folder: present means complete and never rebuilt.
inline constexpr std::string_view manifest_file = "manifest.json";
inline constexpr std::string_view overrides_manifest_file = "overrides_manifest.json";

// In a cell's folder.
inline constexpr std::string_view trigger_file = "trigger.json";
inline constexpr std::string_view status_file = "status.json";
inline constexpr std::string_view metadata_file = "metadata.json";

// Everything is under the prefix of a bucket connection. What ends with "/" is a prefix to list, the rest are keys.
class keyspace
{
public:
    explicit keyspace(const model::key_prefix& prefix) : root_(prefix.str() + '/') {}

    // "prod/"
    const std::string& root() const noexcept { return root_; }

    // agents/<node>.json, the heartbeats.
    std::string agents() const { return root_ + "agents/"; }
    std::string agent(const model::node_id& node) const { return agents() + node.str() + ".json"; }
    // The node that a key under agents() speaks of. Fails with invalid on any other key.
    result<model::node_id> node_of(std::string_view agent_key) const;

    // fleetman/nodes/<node>.json, rung after each trigger of the node that is written or deleted.
    std::string bell(const model::node_id& node) const { return root_ + "fleetman/nodes/" + node.str() + ".json"; }

    // cells/<node>/check-store.json, written and removed by an agent that tries its permissions.
    std::string store_check(const model::node_id& node) const { return cells(node) + "check-store.json"; }

    // cells/<node>/<cell>/, one folder a cell.
    std::string cells() const { return root_ + "cells/"; }
    std::string cells(const model::node_id& node) const { return cells() + node.str() + '/'; }
    std::string cell(const model::cell_ref& cell) const { return cells(cell.node) + cell.cell.str() + '/'; }
    std::string trigger(const model::cell_ref& of) const { return cell(of).append(trigger_file); }
    std::string metadata(const model::cell_ref& of) const { return cell(of).append(metadata_file); }
    std::string status(const model::cell_ref& of) const { return cell(of).append(status_file); }
    std::string overrides(const model::cell_ref& of) const { return cell(of) + "overrides/"; }
    std::string override_file(const model::cell_ref& of, const model::file_path& path) const;
    std::string overrides_manifest(const model::cell_ref& of) const;

    // The cell and the document that a key directly in a cell's folder speaks of ("trigger.json"). Fails with invalid
    // on any other key.
    result<std::pair<model::cell_ref, std::string>> cell_document_of(std::string_view key) const;

    // cells/<node>/<cell>/versions/<version>/, what agents install.
    std::string snapshots(const model::cell_ref& of) const { return cell(of) + "versions/"; }
    std::string snapshot(const model::cell_ref& of, const model::version& version) const;
    std::string snapshot_manifest(const model::cell_ref& of, const model::version& version) const;
    std::string snapshot_overrides_manifest(const model::cell_ref& of, const model::version& version) const;
    std::string snapshot_file(
        const model::cell_ref& of, const model::version& version, const model::file_path& path) const;

    // deployments/<manifest>/<version>/, a version's files while and after it is being prepared.
    std::string deployments() const { return root_ + "deployments/"; }
    std::string deployments(const model::manifest_name& of) const { return deployments() + of.str() + '/'; }
    std::string deployment(const model::manifest_name& of, const model::version& version) const;
    std::string deployment_manifest(const model::manifest_name& of, const model::version& version) const;
    std::string deployment_file(
        const model::manifest_name& of, const model::version& version, const model::file_path& path) const;

    // staging/<path>, uploaded with any S3 client, to be copied from on the server's side.
    std::string staging() const { return root_ + "staging/"; }
    std::string staged_file(const model::file_path& path) const { return staging() + path.str(); }

    // recycle/<manifest>-<version>-<stamp>/ and cell_recycle/<node>/<cell>/<stamp>/; a stamp is local_stamp()'s.
    std::string recycled() const { return root_ + "recycle/"; }
    std::string recycled(const model::manifest_name& of, const model::version& version, std::string_view stamp) const;
    std::string recycled_cells() const { return root_ + "cell_recycle/"; }
    std::string recycled_cells(const model::node_id& of) const { return recycled_cells() + of.str() + '/'; }
    std::string recycled_cells(const model::cell_ref& of) const;
    std::string recycled_cell(const model::cell_ref& of, std::string_view stamp) const;

private:
    std::string root_;
};

} // namespace fleetman::bucket
