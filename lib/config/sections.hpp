#pragma once

#include "yaml_fields.hpp"

#include <fleetman/config/connection.hpp>

#include <limits>
#include <optional>

// What the files of both programs have in common.

namespace fleetman::config {

// `bucket_key`: what the section calls the bucket's name in the store ("bucket_name", "bucket"). `path_style`: whether
// it must be said. Empty when something is missing or `prefix`, which the caller has read, is empty.
std::optional<bucket_connection> read_connection(yaml_fields& fields, std::string_view bucket_key, need path_style,
    std::optional<model::key_prefix> prefix, report& into);

// The two fields `s3_retry_count` and `s3_retry_delay_ms`.
retry_settings read_retry(yaml_fields& fields);

// Reads a whole file of at most config_max_bytes. Fails with not_found, denied, too_large or failed.
result<std::string> read_config_file(const std::filesystem::path& file);

// parse_yaml() with the file's name before the line.
result<yaml_node> parse_config_yaml(std::string_view yaml, std::string_view name);

} // namespace fleetman::config
