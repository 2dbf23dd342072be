#pragma once

#include "yaml_tree.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <span>
#include <string_view>

// Between the YAML of a file and the JSON of the API: a manifest has one reader and one writer for both.

namespace fleetman::config {

// Scalars become texts, as the original reads them (`mode: 0755` is the text "0755"), but for the fields named in
// `typed`, at any depth, which become booleans and numbers where they are.
boost::json::value to_json(const yaml_node& node, std::span<const std::string_view> typed);

// Texts are quoted where they look like something else.
yaml_node to_yaml(const boost::json::value& value);

// Makes `entry` say what `value` says: its fields replaced in place or added, those in `fields` that it lacks removed,
// and all others kept.
void replace_fields(yaml_node& entry, const boost::json::object& value, std::span<const std::string_view> fields);

// The node at a dotted path such as "files[2].mode", or the nearest one above it that exists.
const yaml_node& nearest(const yaml_node& node, std::string_view path);

} // namespace fleetman::config
