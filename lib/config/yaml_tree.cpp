#include "yaml_tree.hpp"

#include <algorithm>

namespace fleetman::config {

yaml_node yaml_node::text_scalar(std::string text)
{
    yaml_node node;
    node.kind = type::scalar;
    node.text = std::move(text);
    node.quoted = true;
    return node;
}

yaml_node yaml_node::plain_scalar(std::string text)
{
    yaml_node node;
    node.kind = type::scalar;
    node.text = std::move(text);
    return node;
}

yaml_node yaml_node::empty_map()
{
    yaml_node node;
    node.kind = type::map;
    return node;
}

const yaml_node* yaml_node::find(std::string_view key) const
{
    const auto found =
        std::find_if(entries.rbegin(), entries.rend(), [&](const yaml_entry& entry) { return entry.key == key; });
    return found == entries.rend() ? nullptr : &found->value;
}

yaml_node* yaml_node::find(std::string_view key)
{
    const auto found =
        std::find_if(entries.rbegin(), entries.rend(), [&](const yaml_entry& entry) { return entry.key == key; });
    return found == entries.rend() ? nullptr : &found->value;
}

yaml_node& yaml_node::put(std::string_view key, yaml_node value)
{
    if (yaml_node* const place = find(key)) {
        *place = std::move(value);
        return *place;
    }
    entries.push_back({std::string(key), std::move(value), 0});
    return entries.back().value;
}

bool yaml_node::erase(std::string_view key)
{
    return std::erase_if(entries, [&](const yaml_entry& entry) { return entry.key == key; }) > 0;
}

} // namespace fleetman::config
