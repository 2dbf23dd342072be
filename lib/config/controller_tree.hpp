#pragma once

#include "report.hpp"
#include "yaml_tree.hpp"

#include <fleetman/config/controller_config.hpp>

#include <span>
#include <string_view>

// The controller's configuration as it stands in a tree, for the reader and for the editor.

namespace fleetman::config {

controller_config read_controller_config(const yaml_node& root, report& into);

// The fields of each kind of entry that we know; others are kept when an entry is edited.
std::span<const std::string_view> bucket_fields();
std::span<const std::string_view> manifest_fields();
std::span<const std::string_view> manifest_file_fields();
std::span<const std::string_view> cell_fields();
std::span<const std::string_view> profile_fields();

} // namespace fleetman::config
