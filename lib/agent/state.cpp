#include "json_reader.hpp"

#include <fleetman/agent/state.hpp>
#include <fleetman/host/files.hpp>

#include <boost/json/serialize.hpp>

namespace fleetman::agent {
namespace {

constexpr std::uint64_t state_max_bytes = std::uint64_t{16} * 1024 * 1024;

template <class T, class Load>
std::optional<T> loaded(const boost::json::object& in, const char* key, Load load)
{
    const std::string text = text_at(in, key);
    if (text.empty())
        return std::nullopt;
    result<T> value = load(std::string_view(text));
    return value ? std::optional<T>(*std::move(value)) : std::nullopt;
}

cell_state cell_from(const boost::json::object& in)
{
    cell_state cell{.manifest = loaded<model::manifest_name>(in, "manifest_name", model::manifest_name::load),
        .profile = loaded<model::run_profile>(in, "profile", model::parse_run_profile),
        .current = loaded<model::version>(in, "current_version", model::version::load),
        .previous = loaded<model::version>(in, "previous_version", model::version::load),
        .success = text_at(in, "last_deployment_status") == "Success",
        .deployed_at = number_at(in, "last_deployment_time"),
        .state = text_at(in, "state"),
        .error = text_at(in, "error"),
        .running = flag_at(in, "running"),
        .since = number_at(in, "since"),
        .wanted = loaded<model::version>(in, "wanted_version", model::version::load),
        .untold = text_at(in, "untold_status")};
    // The original notes a trigger when it begins; one that it did not come to the end of is not handled.
    const std::int64_t handled = number_at(in, "trigger_timestamp");
    if (handled != 0 && text_at(in, "last_deployment_status") != "InProgress")
        cell.handled = trigger_identity{text_at(in, "trigger_etag"), handled, text_at(in, "trigger_id")};
    return cell;
}

boost::json::object object_of(const model::cell_id& id, const cell_state& cell)
{
    boost::json::object object{{"cell_id", id.str()},
        {"manifest_name", cell.manifest ? cell.manifest->str() : id.str()},
        {"profile", model::to_string(cell.profile.value_or(model::run_profile::deploy))},
        {"trigger_timestamp", cell.handled ? cell.handled->last_modified : 0},
        {"last_deployment_status", cell.handled ? (cell.success ? "Success" : "Failed") : "Unknown"},
        {"last_deployment_time", cell.deployed_at}, {"running", cell.running}};
    const auto put = [&](const char* key, const std::string& text) {
        if (!text.empty())
            object.emplace(key, text);
    };
    put("current_version", cell.current ? cell.current->str() : "");
    put("previous_version", cell.previous ? cell.previous->str() : "");
    put("trigger_etag", cell.handled ? cell.handled->etag : "");
    put("trigger_id", cell.handled ? cell.handled->id : "");
    put("state", cell.state);
    put("error", cell.error);
    put("wanted_version", cell.wanted ? cell.wanted->str() : "");
    put("untold_status", cell.untold);
    if (cell.since != 0)
        object.emplace("since", cell.since);
    return object;
}

} // namespace

result<agent_state> parse_agent_state(std::string_view json)
{
    const result<boost::json::object> document = parse_object(json, "the agent's state");
    if (!document)
        return document.error();
    agent_state read{.store_identity = text_at(*document, "store")};
    const boost::json::value* cells = document->if_contains("cells");
    if (cells == nullptr || !cells->is_object())
        return error(errc::invalid, "the agent's state has no cells");
    for (const auto& [name, value] : cells->get_object())
        if (const auto id = model::cell_id::load(std::string_view(name.data(), name.size())); id && value.is_object())
            read.cells.emplace(*id, cell_from(value.get_object()));
    return read;
}

std::string serialize(const agent_state& value)
{
    boost::json::object cells;
    for (const auto& [id, cell] : value.cells)
        cells.emplace(id.str(), object_of(id, cell));
    return boost::json::serialize(boost::json::object{{"cells", std::move(cells)}, {"store", value.store_identity}});
}

result<agent_state> load_agent_state(const std::filesystem::path& base_dir, const model::node_id& node)
{
    const std::filesystem::path file = state_file(base_dir, node);
    const result<std::string> text = host::read_file(file, state_max_bytes);
    if (!text)
        return text.error().code() == errc::not_found ? result<agent_state>(agent_state{}) : text.error();
    result<agent_state> read = parse_agent_state(*text);
    if (!read)
        return read.error().within(file.string());
    return read;
}

std::filesystem::path state_file(const std::filesystem::path& base_dir, const model::node_id& node)
{
    return base_dir / (".agent_state_" + node.str() + ".json");
}

} // namespace fleetman::agent
