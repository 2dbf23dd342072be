#include <fleetman/agent/backups.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/retention.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/host/folder.hpp>

#include <sys/stat.h>

namespace fleetman::agent {

swept_backups sweep_backups(const settings& with, wall_time now)
{
    swept_backups swept;
    if (!with.backup_retention)
        return swept;
    const auto failed = [&](const std::string& name, const error& why) {
        ++swept.failed;
        log::warning("agent", "backup-not-removed", {{"name", name}, {"error", why.message()}});
    };
    const result<host::folder> backups = host::folder::open(with.base_dir / backup_folder_name);
    const auto names = backups ? backups->names() : backups.error();
    if (!names) {
        if (names.error().code() != errc::not_found)
            failed(std::string(backup_folder_name), names.error());
        return swept;
    }
    for (const std::string& name : *names) {
        const std::optional<wall_time> made = backup_made_at(name);
        if (!made || *made + *with.backup_retention >= now)
            continue;
        const auto seen = backups->look(name);
        if (!seen || !*seen || !S_ISDIR((*seen)->st_mode))
            continue;
        if (const result<void> gone = backups->remove_tree(name); !gone) {
            failed(name, gone.error());
            continue;
        }
        ++swept.removed;
        log::info("agent", "backup-removed", {{"name", name}});
    }
    return swept;
}

} // namespace fleetman::agent
