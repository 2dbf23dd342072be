#pragma once

#include <fleetman/config/connection.hpp>
#include <fleetman/config/loaded.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/model/manifest.hpp>
#include <fleetman/model/names.hpp>
#include <fleetman/model/resource_profile.hpp>
#include <fleetman/model/rules.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// What `controller_config.yaml` says: connections, manifests, cells and resource profiles, which operators edit through
// the API (config/controller_config_file.hpp), and the controller's own settings, which they edit in the file.

namespace fleetman::config {

// A manifest that runs on a node, through a bucket that may be another than the manifest's.
struct cell
{
    model::bucket_name bucket;
    model::manifest_name manifest;

    bool operator==(const cell&) const = default;
};

enum class user_role
{
    viewer,
    operate, // "operator" in documents
    admin
};

std::string_view to_string(user_role value); // "viewer", "operator", "admin"
std::optional<user_role> parse_user_role(std::string_view text);

struct console_user
{
    std::string name;     // any text without control characters and colons
    secret password_hash; // bcrypt, as crypt(5) has it, of a cost that core/bcrypt.hpp allows
    user_role role = user_role::admin;

    bool operator==(const console_user&) const = default;
};

struct web_console
{
    std::string bind = "127.0.0.1";
    std::uint16_t port = 3000; // 0: any free one
    std::uint64_t upload_max_bytes = std::uint64_t{5} << 30;
    bool form_login = false;
    std::vector<console_user> users;           // each name once
    std::chrono::minutes session_idle{30};     // a session ends when it is not used for so long,
    std::chrono::minutes session_longest{720}; // and after this in any case
    std::set<std::string> trusted_proxies;     // whose X-Forwarded-For and -Proto are believed
    bool insecure = false; // whoever reaches the address may do everything, and the operator said so

    bool operator==(const web_console&) const = default;
};

// The S3 server that the controller brings along for those who have none.
struct embedded_store
{
    std::string host = "127.0.0.1";
    std::uint16_t port = 9000; // 0: any free one
    std::filesystem::path data_dir;
    std::string access_key;
    secret secret_key;
    std::vector<std::string> buckets; // made at start when absent

    bool operator==(const embedded_store&) const = default;
};

struct controller_config
{
    std::map<model::bucket_name, bucket_connection> buckets;
    std::map<model::manifest_name, model::manifest> manifests;
    std::map<model::cell_ref, cell> cells;
    std::map<model::profile_name, model::resource_profile> resource_profiles; // without `unlimited`
    retry_settings retry;
    web_console console;
    std::optional<config::embedded_store> store;
    // Where the controller keeps its own state; see controller_config_file::state_directory().
    std::optional<std::filesystem::path> state_directory;

    bool operator==(const controller_config&) const = default;
};

// What a manifest may refer to, for model::violations().
model::known_names known_names(const controller_config& config);

// Largest file that is read; a fleet of 50,000 cells needs 5 MiB.
inline constexpr std::uint64_t config_max_bytes = std::uint64_t{32} << 20;

// Reads a file. Fails with not_found, denied (may not be read), too_large, or invalid with every mistake in fields()
// and a message of one line for each, "FILE:LINE: path: what is wrong". What only the original would have accepted (a
// manifest with a path that leaves its folder) is left out with a warning: it stays in the file.
result<loaded<controller_config>> load_controller_config(const std::filesystem::path& file);

// The same of a text; `name` stands for the file in messages.
result<loaded<controller_config>> parse_controller_config(std::string_view yaml, std::string_view name);

} // namespace fleetman::config
