#include "shared_folder.hpp"

#include <fleetman/agent/carry.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/host/move.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <set>

namespace fleetman::agent {
namespace {

constexpr mode_t private_folder = 0700;
constexpr std::size_t synced_one_by_one = 64;

std::string without_slash(std::string path)
{
    while (path.ends_with('/'))
        path.pop_back();
    return path;
}

// Which paths of a release are its version's own.
class declared_paths
{
public:
    explicit declared_paths(const release_record& of)
    {
        files_.insert(std::string(local_manifest));
        for (const std::string& file : of.files) {
            files_.insert(file);
            add_parents(file);
        }
        for (const kept_folder& folder : of.kept_folders) {
            kept_.insert(without_slash(folder.path));
            add_parents(without_slash(folder.path));
        }
    }

    bool is_file(const std::string& path) const { return files_.contains(path); }
    bool is_folder(const std::string& path) const { return folders_.contains(path); } // with something declared below
    bool is_kept(const std::string& path) const { return kept_.contains(path); }

private:
    void add_parents(const std::string& path)
    {
        for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
            folders_.insert(path.substr(0, slash));
    }

    std::set<std::string> files_;
    std::set<std::string> folders_;
    std::set<std::string> kept_;
};

std::string_view parent_of(std::string_view path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

class carrier
{
public:
    carrier(
        const release_record& from, const release_record& to, const host::folder& target, const host::folder& shared)
        : old_(from), new_(to), target_(target), shared_(shared)
    {}

    // `prefix` is "" or ends with "/"; `here` is that folder of the old release, or the store that it leads to.
    result<void> visit(const std::string& prefix, const host::folder& here) // NOLINT(misc-no-recursion)
    {
        const result<std::vector<std::string>> names = here.names();
        if (!names)
            return names.error();
        for (const std::string& name : *names)
            if (result<void> done = visit_name(prefix, here, name); !done)
                return done;
        return result<void>();
    }

    carried_names take() { return std::move(seen_); }

    // The new names survive a power cut. With many folders one syncfs is cheaper, and needs no descriptor of each.
    result<void> sync() const
    {
        if (touched_.size() > synced_one_by_one)
            return target_.sync_file_system();
        for (const std::string& path : touched_) {
            const result<host::folder> folder = enter_path(shared_, target_, path, std::nullopt);
            if (!folder)
                return folder.error();
            if (result<void> synced = folder->sync(); !synced)
                return synced;
        }
        return result<void>();
    }

private:
    result<void> visit_name(
        const std::string& prefix, const host::folder& here, const std::string& name) // NOLINT(misc-no-recursion)
    {
        const std::string path = prefix + name;
        if (old_.is_file(path))
            return result<void>();
        const auto seen = here.look(name);
        if (!seen || !*seen)
            return seen ? result<void>() : seen.error();
        if (new_.is_file(path))
            return conflict(path);
        if (S_ISDIR((*seen)->st_mode))
            return visit_folder(path, here, name);
        const result<std::optional<std::string>> store = store_behind(shared_, here, name);
        if (!store)
            return store.error();
        if (*store)
            return visit_store(path, here, name, **store);
        if (new_.is_folder(path) || new_.is_kept(path))
            return conflict(path);
        return place(path, here, name);
    }

    result<void> visit_folder(
        const std::string& path, const host::folder& here, const std::string& name) // NOLINT(misc-no-recursion)
    {
        if (old_.is_folder(path) || new_.is_folder(path)) {
            const result<host::folder> inside = here.enter(name);
            if (!inside)
                return inside.error();
            return visit(path + '/', *inside);
        }
        if (result<void> adopted = adopt(path, here, name); !adopted)
            return adopted;
        return place(path, here, name);
    }

    result<void> visit_store(const std::string& path, const host::folder& here,
        const std::string& name, // NOLINT(misc-no-recursion)
        const std::string& store)
    {
        if (!new_.is_folder(path))
            return place(path, here, name);
        const result<host::folder> inside = host::descend(shared_, store, std::nullopt);
        if (!inside)
            return inside.error();
        return visit(path + '/', *inside);
    }

    result<void> conflict(const std::string& path)
    {
        seen_.conflicts.push_back(path);
        return result<void>();
    }

    // Moves a folder of the service's into shared/ and leaves a link, in one step.
    result<void> adopt(const std::string& path, const host::folder& here, const std::string& name)
    {
        const result<std::string> store = fresh_store(shared_, path);
        if (!store)
            return store.error();
        if (result<void> made = shared_.point(*store, (shared_.path() / *store).string()); !made)
            return made;
        if (result<void> swapped = here.exchange(name, shared_, *store); !swapped) {
            (void)shared_.remove(*store);
            return swapped.error().within("keep the folder " + path);
        }
        if (result<void> synced = shared_.sync(); !synced)
            return synced;
        return here.sync();
    }

    // The second name, in the target; a folder of the old release that the new one lacks is made for it.
    result<void> place(const std::string& path, const host::folder& here, const std::string& name)
    {
        const std::string folder(parent_of(path));
        const result<bool> blocked = is_blocked(folder);
        if (!blocked)
            return blocked.error();
        if (*blocked)
            return conflict(path);
        const result<host::folder> parent = enter_path(shared_, target_, folder, private_folder);
        if (!parent)
            return parent.error();
        const auto rights = here.current_rights();
        const auto fresh = parent->names();
        if (!folder.empty() && rights && fresh && fresh->empty() && !new_.is_folder(folder))
            if (result<void> set = parent->set_rights(*rights); !set)
                return set;
        return place_in(*parent, path, here, name);
    }

    // Whether the target has something else than a folder on the way: what its service put there when it last ran.
    result<bool> is_blocked(std::string_view folder) const
    {
        result<host::folder> at = host::folder::open(target_.path());
        for (const std::string& part : folder.empty() ? std::vector<std::string>() : split(folder, '/')) {
            if (!at)
                return at.error();
            const auto seen = at->look(part);
            const auto store = store_behind(shared_, *at, part);
            if (!seen || !store)
                return !seen ? seen.error() : store.error();
            if (!*seen)
                return false;
            if (!*store && !S_ISDIR((*seen)->st_mode))
                return true;
            at = enter_part(shared_, *at, part, std::nullopt);
        }
        return false;
    }

    result<void> place_in(
        const host::folder& parent, const std::string& path, const host::folder& here, const std::string& name)
    {
        result<void> linked = here.link_to(name, parent, name);
        if (!linked && linked.error().code() == errc::conflict) // of an earlier try; the newest one counts
            if (linked = parent.remove(name); linked)
                linked = here.link_to(name, parent, name);
        if (!linked)
            return linked.error().within("carry " + path + " over");
        seen_.paths.push_back(path);
        for (std::string_view folder = parent_of(path);; folder = parent_of(folder)) {
            touched_.emplace(folder);
            if (folder.empty())
                return result<void>();
        }
    }

    declared_paths old_;
    declared_paths new_;
    const host::folder& target_;
    const host::folder& shared_;
    carried_names seen_;
    std::set<std::string> touched_{""}; // folders of the target that got a name, with all above them
};

result<host::folder> open_shared(const cell_layout& layout, std::optional<host::rights> rights)
{
    result<host::folder> shared = host::folder::make_all(layout.shared(), private_folder);
    if (!shared || !rights)
        return shared;
    if (result<void> set = shared->set_rights(*rights); !set)
        return set.error();
    return shared;
}

// The folder of a release that holds `path`, and the name in it; an error when a part of the way is no folder.
result<std::pair<host::folder, std::string>> holder_of(
    const host::folder& shared, const host::folder& release, const std::string& path)
{
    result<host::folder> parent = enter_path(shared, release, parent_of(path), std::nullopt);
    if (!parent)
        return parent.error();
    return std::pair(*std::move(parent), path.substr(path.rfind('/') + 1));
}

// Makes one kept folder: a link to a fresh store, or, inside another kept folder, a real one in that one's store.
result<void> provide_folder(
    const host::folder& release, const host::folder& shared, const std::string& path, const host::rights& rights)
{
    const host::folder* here = &release;
    std::optional<host::folder> inside;
    std::size_t at = 0;
    for (std::size_t slash; (slash = path.find('/', at)) != std::string::npos; at = slash + 1) {
        const std::string part = path.substr(at, slash - at);
        result<host::folder> next = enter_part(shared, *here, part, private_folder);
        if (!next)
            return next.error();
        inside = *std::move(next);
        here = &*inside;
    }
    const std::string name = path.substr(at);
    const auto seen = here->look(name);
    if (!seen)
        return seen.error();
    const result<std::optional<std::string>> linked = store_behind(shared, *here, name);
    if (!linked)
        return linked.error();
    const auto store_seen = *linked ? shared.look(**linked) : seen;
    if (!store_seen)
        return store_seen.error();
    if (*seen && *store_seen)
        return result<void>(); // carried over, with the rights that the service's folder has by now
    if (inside && here->path().string().starts_with(shared.path().string())) {
        const result<host::folder> made = here->make(name, private_folder);
        return made ? made->set_rights(rights) : made.error();
    }
    const result<std::string> store = fresh_store(shared, path);
    if (!store)
        return store.error();
    const result<host::folder> made = shared.make(*store, private_folder);
    if (!made)
        return made.error();
    if (result<void> set = made->set_rights(rights); !set)
        return set;
    return here->point(name, (shared.path() / *store).string());
}

// Moves one path out of a release, a folder in shared/ with it; false when it is not there (any more).
result<bool> move_aside(
    const cell_layout& layout, const std::string& release, const std::string& path, const std::filesystem::path& backup)
{
    const result<host::folder> folder = host::folder::open(layout.release(release));
    if (!folder)
        return folder.error();
    const result<host::folder> shared = open_shared(layout, std::nullopt);
    if (!shared)
        return shared.error();
    const auto holder = holder_of(*shared, *folder, path);
    if (!holder)
        return false;
    const auto& [here, name] = *holder;
    const auto seen = here.look(name);
    const auto store = store_behind(*shared, here, name);
    if (!seen || !store)
        return !seen ? seen.error() : store.error();
    if (!*seen)
        return false;
    result<host::folder> aside = host::folder::make_all(backup, private_folder);
    if (aside && !parent_of(path).empty())
        aside = host::descend(*aside, parent_of(path), private_folder);
    if (!aside)
        return aside.error();
    const result<void> moved =
        *store ? host::move_entry(*shared, **store, *aside, name) : host::move_entry(here, name, *aside, name);
    if (!moved && !(*store && moved.error().code() == errc::not_found)) // a link that leads nowhere has nothing to keep
        return moved.error();
    if (*store)
        if (const result<void> gone = here.remove(name); !gone)
            return gone.error();
    return true;
}

} // namespace

result<carried_names> carry(const cell_layout& layout, const release_record& from, const release_record& to)
{
    const result<host::folder> source = host::folder::open(layout.release(from.name));
    if (!source)
        return source.error();
    const result<host::folder> target = host::folder::open(layout.release(to.name));
    if (!target)
        return target.error();
    const result<host::folder> shared = open_shared(layout, std::nullopt);
    if (!shared)
        return shared.error();
    carrier all(from, to, *target, *shared);
    if (result<void> done = all.visit("", *source); !done)
        return done.error();
    if (result<void> synced = all.sync(); !synced)
        return synced.error();
    return all.take();
}

result<void> provide_kept_folders(const cell_layout& layout, const release_record& to)
{
    const result<host::folder> release = host::folder::open(layout.release(to.name));
    if (!release)
        return release.error();
    const result<host::folder> shared = open_shared(layout, to.folder_rights);
    if (!shared)
        return shared.error();
    for (const kept_folder& folder : to.kept_folders)
        if (result<void> made = provide_folder(*release, *shared, without_slash(folder.path), folder.rights); !made)
            return made.error().within("make the folder " + folder.path);
    if (result<void> synced = shared->sync(); !synced)
        return synced;
    return release->sync();
}

result<void> drop_names(const cell_layout& layout, const std::string& release, const std::vector<std::string>& paths)
{
    const result<host::folder> folder = host::folder::open(layout.release(release));
    if (!folder)
        return folder.error().code() == errc::not_found ? result<void>() : folder.error();
    const result<host::folder> shared = open_shared(layout, std::nullopt);
    if (!shared)
        return shared.error();
    for (const std::string& path : paths) {
        const auto holder = holder_of(*shared, *folder, path);
        if (!holder)
            continue; // its folder is gone by now
        const auto seen = holder->first.look(holder->second);
        if (seen && *seen && !S_ISDIR((*seen)->st_mode))
            if (result<void> gone = holder->first.remove(holder->second); !gone)
                return gone;
    }
    return result<void>();
}

kept_aside keep_aside(const cell_layout& layout, const std::string& release, const std::vector<std::string>& conflicts,
    const std::filesystem::path& backup)
{
    kept_aside all;
    for (const std::string& path : conflicts) {
        const result<bool> moved = move_aside(layout, release, path, backup);
        if (moved)
            all.moved += *moved ? 1 : 0;
        else if (moved.error().code() == errc::unavailable)
            all.later = moved.error();
        else
            all.left.push_back(path + ": " + moved.error().message());
    }
    return all;
}

} // namespace fleetman::agent
