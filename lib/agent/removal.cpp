#include "deployment.hpp"

#include <fleetman/agent/backups.hpp>
#include <fleetman/agent/removal.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/host/process.hpp>

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>

namespace fleetman::agent {
namespace {

namespace fs = std::filesystem;
constexpr mode_t private_folder = 0700;
constexpr std::string_view rest_folder = ".fleetman-shared"; // in a backup

task<result<void>> unregister(const host_access& host, const cell_layout& layout)
{
    host::service_manager* const manager = host.manager_of(layout.profile());
    if (manager == nullptr)
        co_return result<void>();
    if (const result<void> stopped = co_await manager->stop(layout.service()); !stopped)
        co_return stopped;
    std::error_code unknown;
    if (fs::exists(fs::symlink_status(layout.definition(), unknown))) {
        if (const result<void> disabled = co_await manager->disable(layout.service()); !disabled)
            co_return disabled;
        const result<void> gone = co_await host.workers.run([&] { return host::remove_durably(layout.definition()); });
        if (!gone)
            co_return gone;
        host.completed("unregistered");
    }
    // Without the file too: an earlier try may have removed it and come no further.
    co_return co_await manager->load(layout.service());
}

// A folder of shared/ to where its link stands: in one step where the file system can exchange names.
result<void> bring_back(
    const host::folder& shared, const std::string& store, const host::folder& here, const std::string& name)
{
    if (const auto there = shared.look(store); !there || !*there)
        return there ? result<void>() : there.error(); // a link that leads nowhere
    if (here.exchange(name, shared, store))
        return shared.remove(store);
    if (result<void> gone = here.remove(name); !gone)
        return gone;
    return shared.rename_to(store, here, name);
}

// Puts the folders that the service wrote to where their links stood, so that what is set aside is whole by itself.
result<void> bring_back_folders(const host::folder& here, const host::folder& shared) // NOLINT(misc-no-recursion)
{
    const auto names = here.names();
    if (!names)
        return names.error();
    for (const std::string& name : *names) {
        const auto target = here.link_target(name);
        const fs::path store = target && *target ? fs::path(**target) : fs::path();
        if (store.parent_path() == shared.path())
            if (result<void> back = bring_back(shared, store.filename().string(), here, name); !back)
                return back;
        const auto seen = here.look(name);
        if (!seen || !*seen || !S_ISDIR((*seen)->st_mode))
            continue;
        const result<host::folder> inside = here.enter(name); // what came back may hold links as well
        if (!inside)
            return inside.error();
        if (result<void> done = bring_back_folders(*inside, shared); !done)
            return done;
    }
    return result<void>();
}

// What the service wrote and no link of the release leads to any more.
result<void> bring_along_the_rest(const host::folder& release, const host::folder& shared)
{
    const auto stores = shared.names();
    if (!stores)
        return stores.error();
    for (const std::string& store : *stores) {
        const result<host::folder> inside = shared.enter(store);
        if (!inside)
            continue; // a link, left by a try that came no further
        const auto names = inside->names();
        if (!names)
            return names.error();
        if (names->empty())
            continue;
        const result<host::folder> rest = release.make(rest_folder, private_folder);
        if (!rest)
            return rest.error();
        if (result<void> moved = shared.rename_to(store, *rest, store); !moved)
            return moved;
    }
    return result<void>();
}

// What is at the live path: a real folder of the original's, or the release that our link leads to.
result<fs::path> folder_to_keep(const cell_layout& layout)
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
    if (!folder) // moved by a try that came no further
        return folder.error().code() == errc::not_found ? result<fs::path>(fs::path()) : folder.error();
    const result<host::folder> shared = host::folder::open(layout.shared());
    if (!shared)
        return shared.error().code() == errc::not_found ? result<fs::path>(std::move(path)) : shared.error();
    if (result<void> whole = bring_back_folders(*folder, *shared); !whole)
        return whole.error();
    if (result<void> whole = bring_along_the_rest(*folder, *shared); !whole)
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

// Of all that is in it, as it lies on the disk.
std::uint64_t bytes_beneath(const fs::path& top)
{
    constexpr std::uint64_t block = 512; // stat(2)
    std::uint64_t bytes = 0;
    std::error_code unknown;
    for (fs::recursive_directory_iterator each(top, unknown), end; !unknown && each != end; each.increment(unknown)) {
        struct ::stat seen{};
        if (::lstat(each->path().c_str(), &seen) == 0)
            bytes += static_cast<std::uint64_t>(seen.st_blocks) * block;
    }
    return bytes;
}

result<void> remove_whole(const fs::path& path)
{
    const result<host::folder> parent = host::folder::open(path.parent_path());
    return parent ? parent->remove_tree(path.filename().string()) : parent.error();
}

// A place for the copy that an earlier one, cut off, does not take up any more; and whether there is room.
result<void> prepare_copy(const fs::path& from, const fs::path& partial)
{
    if (result<void> gone = remove_whole(partial); !gone)
        return gone;
    const std::uint64_t needed = bytes_beneath(from);
    const result<host::space> space = host::free_space(partial.parent_path());
    if (!space)
        return space.error();
    if (space->bytes >= needed)
        return result<void>();
    return error(errc::unavailable, "keep the cell's files in " + partial.parent_path().string() + ": they take " +
                                        std::to_string(needed) + " bytes, and " + std::to_string(space->bytes) +
                                        " are free");
}

// To another file system: copied whole with owners, modes and times before the original goes. Until it is whole, the
// copy has another name, by which what is left of one that was cut off is found.
task<result<void>> move_by_copy(const host_access& host, const cell_layout& layout, fs::path from, fs::path to)
{
    const fs::path partial = to.parent_path() / partial_backup_name(layout.cell());
    const result<void> ready = co_await host.workers.run([&] { return prepare_copy(from, partial); });
    if (!ready)
        co_return ready;
    host.completed("copying");
    const result<std::string> copied = co_await host::run_or_fail(
        {.arguments = {"/bin/cp", "-aT", "--", from.string(), partial.string()}, .deadline = std::chrono::hours(1)});
    co_return co_await host.workers.run([&]() -> result<void> {
        const result<host::folder> copy = copied ? host::folder::open(partial) : copied.error();
        result<void> done = copy ? copy->sync_file_system() : copy.error();
        if (done)
            done = host::rename_durably(partial, to);
        if (done)
            return remove_whole(from);
        if (const result<void> gone = remove_whole(partial); !gone)
            return error(done.error().code(), done.error().message() + "; and its copy: " + gone.error().message());
        return done;
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
    const result<fs::path> kept = co_await host.workers.run([&] { return folder_to_keep(layout); });
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
            if (const result<void> copied = co_await move_by_copy(host, layout, *kept, backup); !copied)
                co_return copied.error();
    }
    host.completed("set-aside");
    const result<void> cleared = co_await host.workers.run([&] { return clear_away(layout); });
    if (!cleared)
        co_return cleared.error();
    co_return backup;
}

} // namespace fleetman::agent
