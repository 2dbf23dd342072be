#pragma once

#include <fleetman/config/connection.hpp>
#include <fleetman/config/loaded.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/model/names.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

// What `agent_config.yaml` says: who this node is, where its bucket is, and which kinds of service it can run.

namespace fleetman::config {

enum class log_rotation
{
    daily,
    hourly,
    never
};

// Each profile that has a section can be deployed here; a cell of another is refused with that reason.
struct systemd_settings
{
    std::filesystem::path service_folder = "/etc/systemd/system"; // of unit files
    std::filesystem::path working_directory;                      // of service folders
    std::optional<std::filesystem::path> template_path;
    std::filesystem::path systemctl_path = "/usr/bin/systemctl";
};

struct supervisor_settings
{
    std::filesystem::path conf_d_folder = "/etc/supervisor/conf.d"; // of program files
    std::filesystem::path service_folder;                           // of service folders
    std::optional<std::filesystem::path> template_path;
    std::filesystem::path supervisorctl_path = "/usr/bin/supervisorctl";
    // Which supervisord: its configuration (supervisorctl -c) or its socket (XML-RPC, which wins); neither:
    // supervisorctl's own search.
    std::optional<std::filesystem::path> config_file;
    std::optional<std::string> socket; // "unix:///run/supervisor.sock" or "http://127.0.0.1:9001"
};

struct deploy_settings
{
    std::filesystem::path target_folder;
};

struct agent_config
{
    model::node_id node;
    std::chrono::milliseconds check_interval;
    std::optional<std::filesystem::path> log_directory; // none: standard error
    std::string log_file_prefix = "fleetagent";
    config::log_rotation log_rotation = config::log_rotation::daily;
    std::chrono::days log_retention{14}; // how long rotated files stay
    retry_settings retry;
    bool rollback_on_failure = true;
    bool allow_setuid = false; // whether versions may bring files with setuid or setgid bits

    // Absolute. Where the original's state file and `backup/` are; default: the working directory.
    std::filesystem::path base_dir;
    std::filesystem::path state_directory; // absolute; our own records; default: <base_dir>/.fleetagent
    std::chrono::milliseconds verify_window{10'000};
    std::size_t keep_releases = 3; // versions kept on the host beside the running one
    // Of those, per cell, beside the last one that ran: enough for three of a GiB each, and little on any disk.
    std::uint64_t releases_max_bytes = std::uint64_t{4} * 1024 * 1024 * 1024;
    std::optional<std::chrono::days> backup_retention; // none: backups are kept for ever
    std::size_t max_parallel = 4;                      // deployments at once
    std::chrono::milliseconds discovery_interval{300'000};
    std::chrono::milliseconds heartbeat_interval{60'000};
    std::optional<std::filesystem::path> metrics_file; // absolute; for a Prometheus textfile collector

    bucket_connection object_storage;

    std::optional<systemd_settings> systemd;
    std::optional<supervisor_settings> supervisor;
    std::optional<deploy_settings> deploy;
};

// Reads a file. Fails with not_found, denied (may not be read), too_large, or invalid with every mistake in fields()
// and a message of one line for each, "FILE:LINE: path: what is wrong".
result<loaded<agent_config>> load_agent_config(const std::filesystem::path& file);

// The same of a text; `name` stands for the file in messages.
result<loaded<agent_config>> parse_agent_config(std::string_view yaml, std::string_view name);

} // namespace fleetman::config
