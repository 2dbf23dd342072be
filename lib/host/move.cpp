#include <fleetman/host/files.hpp>
#include <fleetman/host/move.hpp>
#include <fleetman/host/os_error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace fleetman::host {
namespace {

constexpr std::size_t block_bytes = std::size_t{256} * 1024;

rights rights_in(const struct ::stat& seen)
{
    return {seen.st_uid, seen.st_gid, seen.st_mode & 07777};
}

result<void> copy_file(
    const folder& from, std::string_view name, const folder& to, std::string_view as, const struct ::stat& seen)
{
    const result<descriptor> source = from.open_file(name);
    if (!source)
        return source.error();
    const result<descriptor> target = to.create_file(as);
    if (!target)
        return target.error();
    const std::string named = (to.path() / as).string();
    std::vector<char> block(block_bytes);
    for (;;) {
        const ssize_t count = ::read(source->get(), block.data(), block.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return os_error("read " + (from.path() / name).string(), errno);
        if (count == 0)
            break;
        if (result<void> written = write_all(*target, {block.data(), static_cast<std::size_t>(count)}, named); !written)
            return written;
    }
    if (result<void> set = set_rights(*target, rights_in(seen), named); !set)
        return set;
    const std::array<struct ::timespec, 2> times{seen.st_atim, seen.st_mtim};
    if (::futimens(target->get(), times.data()) != 0)
        return os_error("set the times of " + named, errno);
    return result<void>();
}

result<void> copy_link(
    const folder& from, std::string_view name, const folder& to, std::string_view as, const struct ::stat& seen)
{
    const result<std::optional<std::string>> target = from.link_target(name);
    if (!target || !*target)
        return target ? error(errc::conflict, (from.path() / name).string() + " changed meanwhile") : target.error();
    const std::string made(as);
    if (::symlinkat((*target)->c_str(), to.get(), made.c_str()) != 0 ||
        ::fchownat(to.get(), made.c_str(), seen.st_uid, seen.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
        return os_error("make link " + (to.path() / as).string(), errno);
    return result<void>();
}

// No deeper than folder::remove_tree().
result<void> copy_entry( // NOLINT(misc-no-recursion)
    const folder& from, std::string_view name, const folder& to, std::string_view as)
{
    const auto seen = from.look(name);
    if (!seen || !*seen)
        return seen ? result<void>() : seen.error();
    if (S_ISREG((*seen)->st_mode))
        return copy_file(from, name, to, as, **seen);
    if (S_ISLNK((*seen)->st_mode))
        return copy_link(from, name, to, as, **seen);
    if (!S_ISDIR((*seen)->st_mode))
        return result<void>();
    const result<folder> source = from.enter(name);
    if (!source)
        return source.error();
    const result<folder> target = to.make(as, 0700);
    if (!target)
        return target.error();
    const result<std::vector<std::string>> names = source->names();
    if (!names)
        return names.error();
    for (const std::string& each : *names)
        if (result<void> copied = copy_entry(*source, each, *target, each); !copied)
            return copied;
    return target->set_rights(rights_in(**seen));
}

} // namespace

result<void> move_entry(const folder& from, std::string_view name, const folder& to, std::string_view as)
{
    result<void> moved = from.rename_to(name, to, as);
    if (moved || moved.error().code() != errc::unsupported)
        return moved;
    result<void> copied = copy_entry(from, name, to, as);
    if (copied)
        copied = to.sync_file_system();
    if (!copied) {
        (void)to.remove_tree(as);
        return copied;
    }
    return from.remove_tree(name);
}

} // namespace fleetman::host
