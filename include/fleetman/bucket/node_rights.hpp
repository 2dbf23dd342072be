#pragma once

#include <fleetman/bucket/keys.hpp>

#include <string>
#include <string_view>
#include <vector>

// What an agent does in its bucket, and so the least that it must be allowed.

namespace fleetman::bucket {

enum class access
{
    list,
    read,
    write,
    remove
};

std::string_view to_string(access value); // "list", "read", "write", "delete"

// Which keys: a "*" stands for anything at the end, and else for one folder's name.
struct node_right
{
    access what{};
    std::string keys;
};

std::vector<node_right> rights_of(const keyspace& keys, const model::node_id& node);

} // namespace fleetman::bucket
