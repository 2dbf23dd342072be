#include <fleetman/bucket/keys.hpp>

namespace fleetman::bucket {

using model::cell_ref;
using model::file_path;
using model::manifest_name;
using model::version;

result<model::node_id> keyspace::node_of(std::string_view agent_key) const
{
    constexpr std::string_view extension = ".json";
    const std::string folder = agents();
    if (!agent_key.starts_with(folder) || !agent_key.ends_with(extension) ||
        agent_key.size() <= folder.size() + extension.size())
        return error(errc::invalid, "not the key of a heartbeat: " + std::string(agent_key));
    agent_key.remove_prefix(folder.size());
    agent_key.remove_suffix(extension.size());
    return model::node_id::load(agent_key);
}

result<std::pair<cell_ref, std::string>> keyspace::cell_document_of(std::string_view key) const
{
    const std::string folder = cells();
    const std::string_view rest = key.starts_with(folder) ? key.substr(folder.size()) : std::string_view();
    const std::size_t node_end = rest.find('/');
    const std::size_t cell_end = node_end == std::string_view::npos ? node_end : rest.find('/', node_end + 1);
    const bool is_document = cell_end != std::string_view::npos && cell_end + 1 < rest.size() &&
                             rest.find('/', cell_end + 1) == std::string_view::npos;
    if (!is_document)
        return error(errc::invalid, "not the key of a cell's document: " + std::string(key));
    auto cell = cell_ref::load(rest.substr(0, cell_end));
    if (!cell)
        return cell.error();
    return std::pair(*std::move(cell), std::string(rest.substr(cell_end + 1)));
}

std::string keyspace::override_file(const cell_ref& of, const file_path& path) const
{
    return overrides(of) + path.str();
}

std::string keyspace::overrides_manifest(const cell_ref& of) const
{
    return cell(of).append(overrides_manifest_file);
}

std::string keyspace::snapshot(const cell_ref& of, const version& version) const
{
    return snapshots(of) + version.str() + '/';
}

std::string keyspace::snapshot_manifest(const cell_ref& of, const version& version) const
{
    return snapshot(of, version).append(manifest_file);
}

std::string keyspace::snapshot_overrides_manifest(const cell_ref& of, const version& version) const
{
    return snapshot(of, version).append(overrides_manifest_file);
}

std::string keyspace::snapshot_file(const cell_ref& of, const version& version, const file_path& path) const
{
    return snapshot(of, version) + path.str();
}

std::string keyspace::deployment(const manifest_name& of, const version& version) const
{
    return deployments(of) + version.str() + '/';
}

std::string keyspace::deployment_manifest(const manifest_name& of, const version& version) const
{
    return deployment(of, version).append(manifest_file);
}

std::string keyspace::deployment_file(const manifest_name& of, const version& version, const file_path& path) const
{
    return deployment(of, version) + path.str();
}

std::string keyspace::recycled(const manifest_name& of, const version& version, std::string_view stamp) const
{
    return recycled() + of.str() + '-' + version.str() + '-' + std::string(stamp) + '/';
}

std::string keyspace::recycled_cells(const cell_ref& of) const
{
    return recycled_cells() + of.node.str() + '/' + of.cell.str() + '/';
}

std::string keyspace::recycled_cell(const cell_ref& of, std::string_view stamp) const
{
    return recycled_cells(of) + std::string(stamp) + '/';
}

} // namespace fleetman::bucket
