#pragma once

#include <fleetman/core/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// A YAML document as a plain tree that remembers lines and how scalars were written, so that mistakes can be shown
// where they are and a file can be written back without a change of meaning (YAML 1.2.2, core schema).

namespace fleetman::config {

struct yaml_entry;

struct yaml_node
{
    enum class type
    {
        null,
        scalar,
        sequence,
        map
    };

    type kind = type::null;
    std::string text;                // of a scalar
    bool quoted = false;             // a scalar that is text whatever it looks like
    std::string tag;                 // of another program's making, kept as it is; empty for YAML's own
    std::vector<yaml_node> items;    // of a sequence
    std::vector<yaml_entry> entries; // of a map, in the file's order; a repeated key is there repeatedly
    std::size_t line = 0;            // from 1; 0 for what came from no file

    static yaml_node text_scalar(std::string text);
    static yaml_node plain_scalar(std::string text);
    static yaml_node empty_map();

    // The value of a key, of its last occurrence; null when there is none.
    const yaml_node* find(std::string_view key) const;
    yaml_node* find(std::string_view key);
    // Replaces the value of a key in its place, or adds it at the end.
    yaml_node& put(std::string_view key, yaml_node value);
    bool erase(std::string_view key);
};

struct yaml_entry
{
    std::string key;
    yaml_node value;
    std::size_t line = 0;
};

// Parses one document. Aliases are replaced by what they stand for, within bounds on depth, nodes and bytes, so that a
// small file cannot become a large tree. An empty text is a null node. Fails with invalid, message "LINE: what is
// wrong".
result<yaml_node> parse_yaml(std::string_view text);

// The document in block style. Texts that look like something else are quoted, repeated keys keep their last value, and
// there are no anchors.
std::string write_yaml(const yaml_node& root);

} // namespace fleetman::config
