#pragma once

#include <fleetman/control/token_store.hpp>

#include <filesystem>
#include <string>
#include <vector>

// tokens.json of the state folder: {"tokens": [{"id", "name", "owner", "role", "sha256", "created", "expires",
// "last_used"?}]}, times in Unix seconds.

namespace fleetman::control {

// Without a file there are no tokens. Fails with invalid, too_large or failed.
result<std::vector<api_token>> read_token_file(const std::filesystem::path& file);

std::string write_token_file(const std::vector<api_token>& tokens);

} // namespace fleetman::control
