#include "deployment.hpp"

#include <fleetman/agent/removal.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/host/process.hpp>

#include <sys/stat.h>

#include <cerrno>

namespace fleetman::agent {
namespace {

namespace fs = std::filesystem;
constexpr mode_t private_folder = 0700;

task<result<void>> unregister(const host_access& host, const cell_layout& layout)
{
    host::service_manager* const manager = host.manager_of(layout.profile());
    if (manager == nullptr)
        co_return result<void>();
    if (const result<void> stopped = co_await manager->stop(layout.service()); !stopped)
        co_return stopped;
    std::error_code unknown;
    if (fs::exists(layout.definition(), unknown)) {
        if (const result<void> disabled = co_await manager->disable(layout.service()); !disabled)
            co_return disabled;
        const result<void> gone = co_await host.workers.run([&] { return host::remove_durably(layout.definition()); });
        if (!gone)
            co_return gone;
        host.completed("unregistered");
    }
    // Also when it was gone: a removal that was cut off may not have come to tell the manager.
    co_return co_await manager->load(layout.service());
}

// Puts the folders that the service wrote to where their links stood, so that what is set aside is whole by itself.
result<void> bring_back_folders( // NOLINT(misc-no-recursion)
    const host_access& host, const host::folder& release, const host::folder& shared)
{
    const auto names = release.names();
    if (!names)
        return names.error();
    for (const std::string& name : *names) {
        const auto target = release.link_target(name);
        const fs::path store = target && *target ? fs::path(**target) : fs::path();
        if (store.parent_path() == shared.path()) {
            // In one step, so that the folder is never without a name that leads to it.
            const std::string there = store.filename().string();
            if (result<void> moved = shared.exchange(there, release, name); !moved)
                return moved;
            host.completed("folder-returned");
            if (result<void> gone = shared.remove(there); !gone)
                return gone;
        } else if (const auto seen = release.look(name); seen && *seen && S_ISDIR((*seen)->st_mode)) {
            const result<host::folder> inside = release.enter(name);
            if (!inside)
                return inside.error();
            if (result<void> done = bring_back_folders(host, *inside, shared); !done)
                return done;
        }
    }
    return result<void>();
}

// What is at the live path: a real folder of the original's, or the release that our link leads to.
result<fs::path> folder_to_keep(const host_access& host, const cell_layout& layout)
{
    std::error_code unknown;
    for (const std::string& live_name : {layout.live_name(true), layout.live_name(false)}) {
        fs::path live = layout.live(live_name);
        if (fs::is_symlink(fs::symlink_status(live, unknown)))
            continue;
        if (fs::is_directory(live, unknown) && fs::exists(live / local_manifest, unknown))
            return live;
    }
    const auto release = live_release(layout);
    if (!release)
        return release.error();
    if (!*release)
        return fs::path();
    fs::path path = layout.release((*release)->name);
    const result<host::folder> folder = host::folder::open(path);
    const result<host::folder> shared = host::folder::open(layout.shared());
    if (folder && shared)
        if (result<void> whole = bring_back_folders(host, *folder, *shared); !whole)
            return whole.error();
    return path;
}

result<bool> move_by_rename(const fs::path& from, const fs::path& to)
{
    const result<host::folder> source = host::folder::open(from.parent_path());
    const result<host::folder> target = host::folder::make_all(to.parent_path(), private_folder);
    if (!source || !target)
        return source ? target.error() : source.error();
    std::error_code failure;
    fs::rename(from, to, failure);
    if (failure == std::errc::cross_device_link)
        return false;
    if (failure)
        return error(errc::failed, "move " + from.string() + " to " + to.string() + ": " + failure.message());
    return true;
}

// To another file system: copied whole with owners, modes and times before the original goes.
task<result<void>> move_by_copy(const host_access& host, fs::path from, fs::path to)
{
    const result<std::string> copied = co_await host::run_or_fail(
        {.arguments = {"/bin/cp", "-a", "--", from.string(), to.string()}, .deadline = std::chrono::hours(1)});
    if (!copied)
        co_return copied.error();
    co_return co_await host.workers.run([&]() -> result<void> {
        const result<host::folder> parent = host::folder::open(from.parent_path());
        return parent ? parent->remove_tree(from.filename().string()) : parent.error();
    });
}

// Links to the cell, and its store with the older releases, which are copies of what the bucket holds.
result<void> clear_away(const cell_layout& layout)
{
    const result<host::folder> services = host::folder::open(layout.services());
    if (!services)
        return services.error();
    for (const std::string& live_name : {layout.live_name(true), layout.live_name(false)}) {
        const auto target = services->link_target(live_name);
        if (target && *target && fs::path(**target).parent_path() == layout.store())
            if (result<void> gone = services->remove(live_name); !gone)
                return gone;
    }
    const auto stores = services->enter(store_folder);
    if (!stores)
        return stores.error().code() == errc::not_found ? result<void>() : stores.error();
    return stores->remove_tree(layout.cell().str());
}

} // namespace

task<result<fs::path>> remove_cell(const host_access& host, cell_layout layout)
{
    if (const result<void> gone = co_await unregister(host, layout); !gone)
        co_return gone.error().within("unregister " + layout.service());
    host.completed("unloaded");
    const result<fs::path> kept = co_await host.workers.run([&] { return folder_to_keep(host, layout); });
    if (!kept)
        co_return kept.error();
    host.completed("folders-returned");
    fs::path backup;
    if (!kept->empty()) {
        backup = backup_folder(host, layout);
        const result<bool> moved = co_await host.workers.run([&] { return move_by_rename(*kept, backup); });
        if (!moved)
            co_return moved.error();
        if (!*moved)
            if (const result<void> copied = co_await move_by_copy(host, *kept, backup); !copied)
                co_return copied.error();
    }
    host.completed("set-aside");
    const result<void> cleared = co_await host.workers.run([&] { return clear_away(layout); });
    if (!cleared)
        co_return cleared.error();
    co_return backup;
}

} // namespace fleetman::agent
