#pragma once

#include "report.hpp"
#include "yaml_fields.hpp"
#include "yaml_tree.hpp"

#include <fleetman/config/controller_config.hpp>

// `web_console.auth`: who may log in.

namespace fleetman::config {

void read_auth(const yaml_node& section, web_console& into, report& found);

// The entry of a user in a whole file's tree: the one that read_auth() takes, of several the first. Null without one.
yaml_node* find_user(yaml_node& root, std::string_view name);

// Puts another hash into such an entry; the name and the role, said or not, stay.
void replace_hash(yaml_node& entry, const secret& hash);

} // namespace fleetman::config
