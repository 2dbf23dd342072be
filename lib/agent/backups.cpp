#include <fleetman/agent/backups.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/retention.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/host/folder.hpp>

#include <sys/stat.h>

namespace fleetman::agent {
namespace {

constexpr std::string_view partial_ending = ".partial";

std::string partial_prefix()
{
    return '.' + std::string(service_prefix);
}

} // namespace

std::string partial_backup_name(const model::cell_id& cell)
{
    return partial_prefix() + cell.str() + std::string(partial_ending);
}

void remove_partial_backups(const settings& with)
{
    const result<host::folder> backups = host::folder::open(with.base_dir / backup_folder_name);
    const auto names = backups ? backups->names() : backups.error();
    if (!names)
        return; // none yet, or not to be read: a removal will say so
    for (const std::string& name : *names)
        if (name.starts_with(partial_prefix()) && name.ends_with(partial_ending))
            if (const result<void> gone = backups->remove_tree(name); !gone)
                log::warning("agent", "backup-not-removed", {{"name", name}, {"error", gone.error().message()}});
}

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
