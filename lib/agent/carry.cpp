#include <fleetman/agent/carry.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <set>

namespace fleetman::agent {
namespace {

constexpr mode_t private_folder = 0700;
constexpr unsigned most_stores_of_a_name = 10'000;

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

// A name in shared/ that was never used before, so that an old link cannot lead to a newer folder.
result<std::string> fresh_store(const host::folder& shared, const std::string& path)
{
    std::string base = path;
    std::replace(base.begin(), base.end(), '/', '_');
    base.resize(std::min<std::size_t>(base.size(), 200));
    for (unsigned n = 1; n < most_stores_of_a_name; ++n) {
        std::string name = n == 1 ? base : base + '~' + std::to_string(n);
        const auto taken = shared.look(name);
        if (!taken)
            return taken.error();
        if (!*taken)
            return name;
    }
    return error(errc::failed, shared.path().string() + ": too many folders named " + base);
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
        const result<std::optional<std::string>> store = store_behind(here, name);
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

    // The path below shared/ that a link of ours leads to, or nothing when it is no such link.
    result<std::optional<std::string>> store_behind(const host::folder& here, const std::string& name) const
    {
        result<std::optional<std::string>> target = here.link_target(name);
        if (!target || !*target)
            return target;
        const std::string prefix = shared_.path().string() + '/';
        if (!(*target)->starts_with(prefix) || !host::is_file_name((*target)->substr(prefix.size())))
            return std::optional<std::string>();
        return std::optional((*target)->substr(prefix.size()));
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
        const std::size_t slash = path.rfind('/');
        if (slash == std::string::npos)
            return place_in(target_, path, here, name);
        const result<host::folder> parent = host::descend(target_, path.substr(0, slash), private_folder);
        if (!parent)
            return parent.error();
        const auto rights = here.current_rights();
        const auto fresh = parent->names();
        if (rights && fresh && fresh->empty() && !new_.is_folder(path.substr(0, slash)))
            if (result<void> set = parent->set_rights(*rights); !set)
                return set;
        return place_in(*parent, path, here, name);
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
        return result<void>();
    }

    declared_paths old_;
    declared_paths new_;
    const host::folder& target_;
    const host::folder& shared_;
    carried_names seen_;
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

// What is at a path of a release, its folders entered without following links; not_found when a part is missing.
result<std::pair<host::folder, std::string>> holder_of(const host::folder& release, const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    result<host::folder> parent = slash == std::string::npos
                                      ? host::folder::open(release.path())
                                      : host::descend(release, path.substr(0, slash), std::nullopt);
    if (!parent)
        return parent.error();
    return std::pair(*std::move(parent), slash == std::string::npos ? path : path.substr(slash + 1));
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
        const result<std::optional<std::string>> link = here->link_target(part);
        const std::string prefix = shared.path().string() + '/';
        const bool store = link && *link && (*link)->starts_with(prefix);
        result<host::folder> next =
            store ? shared.enter((*link)->substr(prefix.size())) : here->make(part, private_folder);
        if (!next)
            return next.error();
        inside = *std::move(next);
        here = &*inside;
    }
    const std::string name = path.substr(at);
    const auto seen = here->look(name);
    if (!seen)
        return seen.error();
    if (*seen)
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
    if (result<void> synced = target->sync(); !synced)
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
    for (const std::string& path : paths) {
        const auto holder = holder_of(*folder, path);
        if (!holder)
            continue; // its folder is a link by now, or gone
        const auto seen = holder->first.look(holder->second);
        if (seen && *seen && !S_ISDIR((*seen)->st_mode))
            if (result<void> gone = holder->first.remove(holder->second); !gone)
                return gone;
    }
    return result<void>();
}

result<std::size_t> keep_aside(const cell_layout& layout, const std::string& release,
    const std::vector<std::string>& conflicts, const std::filesystem::path& backup)
{
    std::size_t moved = 0;
    if (conflicts.empty())
        return moved;
    const result<host::folder> folder = host::folder::open(layout.release(release));
    if (!folder)
        return folder.error();
    const result<host::folder> aside = host::folder::make_all(backup, private_folder);
    if (!aside)
        return aside.error();
    for (const std::string& path : conflicts) {
        const auto holder = holder_of(*folder, path);
        if (!holder)
            continue;
        std::string name = path;
        std::replace(name.begin(), name.end(), '/', '_');
        if (result<void> done = holder->first.rename_to(holder->second, *aside, name); !done)
            return done.error();
        ++moved;
    }
    return moved;
}

} // namespace fleetman::agent
