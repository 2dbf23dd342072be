#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/random.hpp>

#include <utility>
#include <variant>

namespace fleetman::bucket {

using namespace model;
using storage::object;

namespace {

template <class T>
result<stored<T>> understand(const object& found, result<T> value)
{
    if (!value)
        return value.error().within("read " + found.info.key);
    return stored<T>{std::move(*value), found.info};
}

// Reads one document with its reader, a plain function from text to value.
template <class T>
task<result<stored<T>>> read_document(
    location at, std::string key, result<T> (*parse)(std::string_view), std::uint64_t max_bytes = document_max_bytes)
{
    result<object> found = co_await at.store->get(std::move(key), max_bytes);
    if (!found)
        co_return found.error();
    co_return understand(*found, parse(found->body));
}

} // namespace

task<result<stored<trigger>>> read_trigger(location at, cell_ref cell)
{
    return read_document(at, at.keys.trigger(cell), parse_trigger);
}

task<result<stored<cell_metadata>>> read_metadata(location at, cell_ref cell)
{
    return read_document(at, at.keys.metadata(cell), parse_cell_metadata);
}

task<result<stored<deployment_status>>> read_status(location at, cell_ref cell)
{
    return read_document(at, at.keys.status(cell), parse_deployment_status);
}

task<result<stored<overrides_manifest>>> read_overrides_manifest(location at, cell_ref cell)
{
    return read_document(at, at.keys.overrides_manifest(cell), parse_overrides_manifest);
}

task<result<stored<agent_report>>> read_agent_report(location at, node_id node)
{
    return read_document(at, at.keys.agent(node), parse_agent_report);
}

task<result<stored<bell>>> read_bell(location at, node_id node)
{
    return read_document(at, at.keys.bell(node), parse_bell);
}

task<result<std::optional<stored<bell>>>> read_bell_if_changed(location at, node_id node, std::string etag)
{
    auto found = co_await at.store->get_if_changed(at.keys.bell(node), std::move(etag), document_max_bytes);
    if (!found)
        co_return found.error();
    const object* changed = std::get_if<object>(&*found);
    if (changed == nullptr)
        co_return std::optional<stored<bell>>();
    result<stored<bell>> rung = understand(*changed, parse_bell(changed->body));
    if (!rung)
        co_return rung.error();
    co_return std::optional(std::move(*rung));
}

task<result<stored<snapshot>>> read_snapshot(location at, cell_ref cell, version version)
{
    return read_document(at, at.keys.snapshot_manifest(cell, version), parse_snapshot, snapshot_max_bytes);
}

task<result<stored<snapshot>>> read_snapshot_for_agent(location at, cell_ref cell, version version, manifest_name name)
{
    result<object> found = co_await at.store->get(at.keys.snapshot_manifest(cell, version), snapshot_max_bytes);
    if (!found)
        co_return found.error();
    co_return understand(*found, parse_snapshot_for_agent(found->body, name, version));
}

task<result<stored<overrides_manifest>>> read_snapshot_overrides(location at, cell_ref cell, version version)
{
    return read_document(at, at.keys.snapshot_overrides_manifest(cell, version), parse_overrides_manifest);
}

task<result<stored<snapshot>>> read_deployment_manifest(location at, manifest_name manifest, version version)
{
    return read_document(at, at.keys.deployment_manifest(manifest, version), parse_snapshot, snapshot_max_bytes);
}

task<result<std::string>> write_trigger(location at, cell_ref cell, trigger value)
{
    co_return co_await at.store->put(at.keys.trigger(cell), serialize(value));
}

task<result<std::string>> write_metadata(location at, cell_ref cell, cell_metadata value)
{
    co_return co_await at.store->put(at.keys.metadata(cell), serialize(value));
}

task<result<std::string>> write_status(location at, cell_ref cell, deployment_status value)
{
    co_return co_await at.store->put(at.keys.status(cell), serialize(value));
}

task<result<std::string>> write_overrides_manifest(
    location at, cell_ref cell, overrides_manifest value, storage::put_condition when)
{
    co_return co_await at.store->put(at.keys.overrides_manifest(cell), serialize(value), std::move(when));
}

task<result<std::string>> write_agent_report(location at, agent_report value)
{
    co_return co_await at.store->put(at.keys.agent(value.node), serialize(value));
}

task<result<void>> ring(location at, node_id node)
{
    constexpr std::size_t bell_bytes = 16;
    result<std::string> rung = co_await at.store->put(at.keys.bell(node), serialize(bell{random_hex(bell_bytes)}));
    if (!rung)
        co_return rung.error();
    co_return result<void>();
}

} // namespace fleetman::bucket
