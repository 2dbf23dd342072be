#include "yaml_fields.hpp"
#include "yaml_json.hpp"

#include <fleetman/core/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace fleetman::config {
namespace json = boost::json;
namespace {

json::value typed_scalar(const yaml_node& node)
{
    if (const std::optional<bool> boolean = yaml_boolean(node))
        return *boolean;
    if (const std::optional<std::int64_t> integer = yaml_integer(node))
        return *integer;
    return json::string(node.text);
}

bool contains(std::span<const std::string_view> names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

json::value to_json(const yaml_node& node, std::span<const std::string_view> typed)
{
    switch (node.kind) {
    case yaml_node::type::null: return nullptr;
    case yaml_node::type::scalar: return json::string(node.text);
    case yaml_node::type::sequence: {
        json::array array;
        array.reserve(node.items.size());
        for (const yaml_node& item : node.items)
            array.push_back(to_json(item, typed));
        return array;
    }
    case yaml_node::type::map: {
        json::object object;
        for (const yaml_entry& entry : node.entries) {
            const bool scalar = entry.value.kind == yaml_node::type::scalar;
            object.insert_or_assign(entry.key,
                scalar && contains(typed, entry.key) ? typed_scalar(entry.value) : to_json(entry.value, typed));
        }
        return object;
    }
    }
    return nullptr;
}

yaml_node to_yaml(const json::value& value)
{
    yaml_node node;
    switch (value.kind()) {
    case json::kind::null: break;
    case json::kind::string: {
        const json::string& text = value.get_string();
        return yaml_node::text_scalar(std::string(text.data(), text.size()));
    }
    case json::kind::array:
        node.kind = yaml_node::type::sequence;
        for (const json::value& item : value.get_array())
            node.items.push_back(to_yaml(item));
        break;
    case json::kind::object:
        node.kind = yaml_node::type::map;
        for (const auto& [key, content] : value.get_object())
            node.entries.push_back({std::string(key.data(), key.size()), to_yaml(content), 0});
        break;
    default: return yaml_node::plain_scalar(json::serialize(value));
    }
    return node;
}

void replace_fields(yaml_node& entry, const json::object& value, std::span<const std::string_view> fields)
{
    if (entry.kind != yaml_node::type::map)
        entry = yaml_node::empty_map();
    for (const std::string_view field : fields)
        if (!value.contains({field.data(), field.size()}))
            entry.erase(field);
    for (const auto& [key, content] : value)
        entry.put({key.data(), key.size()}, to_yaml(content));
}

const yaml_node& nearest(const yaml_node& node, std::string_view path)
{
    const yaml_node* at = &node;
    while (!path.empty()) {
        if (path.front() == '[') {
            const std::size_t close = std::min(path.find(']'), path.size());
            const auto index = parse_integer<std::size_t>(path.substr(1, close - 1));
            if (!index || *index >= at->items.size())
                break;
            at = &at->items[*index];
            path.remove_prefix(std::min(close + 1, path.size()));
        } else {
            const std::size_t end = std::min(path.find_first_of(".["), path.size());
            const yaml_node* const next = at->find(path.substr(0, end));
            if (!next)
                break;
            at = next;
            path.remove_prefix(end);
        }
        if (!path.empty() && path.front() == '.')
            path.remove_prefix(1);
    }
    return *at;
}

} // namespace fleetman::config
