#pragma once

#include "yaml_fields.hpp"

#include <fleetman/config/controller_config.hpp>

// The controller's own sections.

namespace fleetman::config {

// Refuses an address beyond loopback without a login, unless `insecure` says that this is wanted.
web_console read_web_console(const yaml_node& section, report& into);

embedded_store read_embedded_store(const yaml_node& section, report& into);

} // namespace fleetman::config
