#pragma once

#include <fleetman/config/agent_config.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/model/manifest.hpp>
#include <fleetman/model/names.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

// What the agent was told to do, each with the default that needs no thought. The configuration file's shape is
// config's business; here the three profiles look alike.

namespace fleetman::agent {

// Those that can have a section in the configuration.
inline constexpr std::array deployable_profiles{
    model::run_profile::systemd, model::run_profile::supervisor, model::run_profile::deploy};

// Where the cells of one profile live on this host.
struct profile_folders
{
    std::filesystem::path services;    // a folder a cell in here, and the store `.fleetman/` beside them
    std::filesystem::path definitions; // units or program configurations; empty for deploy, which has none
    std::optional<std::filesystem::path> template_path;
};

struct settings
{
    model::node_id node;
    std::filesystem::path base_dir;        // absolute; backup/ is in it
    std::filesystem::path state_directory; // absolute
    std::optional<profile_folders> systemd;
    std::optional<profile_folders> supervisor;
    std::optional<profile_folders> deploy;

    bool rollback_on_failure = true;
    milliseconds check_interval = std::chrono::seconds(30);
    milliseconds discovery_interval = std::chrono::minutes(5);
    milliseconds heartbeat_interval = std::chrono::seconds(60);
    milliseconds verify_window = std::chrono::seconds(10);
    milliseconds start_limit = std::chrono::seconds(90);      // from start to running, before the window begins
    milliseconds manager_patience = std::chrono::seconds(30); // with a service manager that does not answer
    milliseconds stop_grace = std::chrono::seconds(5);        // of the 10 s in which the agent must have ended
    std::size_t max_parallel = 4;                             // deployments at a time
    std::size_t keep_releases = 3;
    std::uint64_t releases_max_bytes = std::uint64_t{4} * 1024 * 1024 * 1024; // see retention.hpp
    std::optional<std::chrono::days> backup_retention;                        // nothing: kept for ever
    bool allow_setuid = false;

    std::optional<std::filesystem::path> metrics_file; // absolute

    // Changes when the agent is pointed at another bucket: triggers there are other triggers.
    std::string store_identity;

    // Null for a profile that has no section in the configuration, and for processmaster.
    const profile_folders* folders_of(model::run_profile profile) const;
};

settings settings_from(const config::agent_config& config);

} // namespace fleetman::agent
