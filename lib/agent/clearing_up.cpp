#include "clearing_up.hpp"

#include <fleetman/agent/record.hpp>
#include <fleetman/agent/retention.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/host/working_folders.hpp>

#include <filesystem>
#include <vector>

namespace fleetman::agent {

void forget_old_releases(
    const host_access& host, const cell_layout& layout, const std::string& running, const std::string& left)
{
    const result<host::folder> folder = host::folder::open(layout.releases());
    const result<std::vector<release_record>> all = releases_on_disk(layout);
    if (!folder || !all)
        return;
    std::vector<stored_release> oldest_first;
    for (const release_record& each : *all)
        oldest_first.push_back(stored(each));
    const release_limits limits{host.with.keep_releases, host.with.releases_max_bytes};
    const std::vector<std::string> gone = releases_to_forget(oldest_first, running, left, limits);
    if (gone.empty())
        return;
    const std::vector<std::filesystem::path> occupied = host::working_folders();
    for (const std::string& name : gone) {
        if (host::stands_in(occupied, layout.release(name))) {
            log::info("agent", "release-in-use", {{"cell", layout.cell().str()}, {"release", name}});
            continue;
        }
        // Without its record nobody goes back to it, however much of it is left when this is interrupted.
        if (!folder->remove(name + ".json"))
            continue;
        host.completed("record-forgotten");
        (void)folder->remove_tree(name);
    }
}

void forget_old_slots(const cell_layout& layout)
{
    const result<host::folder> store = host::folder::open(layout.store());
    const auto names = store ? store->names() : store.error();
    if (!names)
        return;
    for (const std::string& name : *names) {
        const auto target = store->link_target(name);
        if (!name.starts_with("u-") || !target || !*target)
            continue;
        std::error_code unknown;
        if (!std::filesystem::exists(layout.store() / **target, unknown) && !unknown)
            (void)store->remove(name);
    }
}

void forget_other_live_path(const cell_layout& layout, const std::string& live_name)
{
    const result<host::folder> services = host::folder::open(layout.services());
    for (const std::string& other : {layout.live_name(true), layout.live_name(false)}) {
        if (!services || other == live_name)
            continue;
        const auto target = services->link_target(other);
        if (target && *target && std::filesystem::path(**target).parent_path() == layout.store())
            (void)services->remove(other);
    }
}

} // namespace fleetman::agent
