#include <fleetman/agent/settings.hpp>
#include <fleetman/core/digest.hpp>

namespace fleetman::agent {

const profile_folders* settings::folders_of(model::run_profile profile) const
{
    const auto address = [](const std::optional<profile_folders>& of) { return of ? &*of : nullptr; };
    switch (profile) {
    case model::run_profile::systemd: return address(systemd);
    case model::run_profile::supervisor: return address(supervisor);
    case model::run_profile::deploy: return address(deploy);
    case model::run_profile::processmaster: return nullptr;
    }
    return nullptr;
}

settings settings_from(const config::agent_config& config)
{
    settings made{.node = config.node,
        .base_dir = config.base_dir,
        .state_directory = config.state_directory,
        .rollback_on_failure = config.rollback_on_failure,
        .check_interval = config.check_interval,
        .discovery_interval = config.discovery_interval,
        .heartbeat_interval = config.heartbeat_interval,
        .verify_window = config.verify_window,
        .max_parallel = config.max_parallel,
        .keep_releases = config.keep_releases};
    made.releases_max_bytes = config.releases_max_bytes;
    made.backup_retention = config.backup_retention;
    made.allow_setuid = config.allow_setuid;
    made.metrics_file = config.metrics_file;
    if (config.systemd)
        made.systemd = {
            config.systemd->working_directory, config.systemd->service_folder, config.systemd->template_path};
    if (config.supervisor)
        made.supervisor = {
            config.supervisor->service_folder, config.supervisor->conf_d_folder, config.supervisor->template_path};
    if (config.deploy)
        made.deploy = {config.deploy->target_folder, {}, std::nullopt};
    const config::bucket_connection& store = config.object_storage;
    made.store_identity = sha256_hex(store.endpoint + '\n' + store.bucket + '\n' + store.prefix.str()).substr(0, 16);
    return made;
}

} // namespace fleetman::agent
