#include <fleetman/core/random.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/host/os_error.hpp>

#include <climits>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

namespace fleetman::host {
namespace {

constexpr mode_t setid_bits = 06000;
constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

error no_name(std::string_view name)
{
    return error(errc::invalid, "\"" + std::string(name) + "\" is not a file name");
}

error failure(std::string_view doing, const std::filesystem::path& where, std::string_view name)
{
    const int number = errno;
    return os_error(std::string(doing) + ' ' + (where / name).string(), number);
}

} // namespace

bool is_file_name(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
           name.find('\0') == std::string_view::npos;
}

result<folder> folder::open(const std::filesystem::path& path)
{
    descriptor opened(::open(path.c_str(), folder_flags));
    if (!opened)
        return failure("open", path, "");
    return folder(std::move(opened), path);
}

result<folder> folder::make_all(const std::filesystem::path& path, mode_t mode)
{
    std::filesystem::path made;
    for (const std::filesystem::path& part : path) {
        made /= part;
        if (::mkdir(made.c_str(), mode) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS)
            return failure("make folder", made, "");
    }
    return open(path);
}

result<folder> folder::enter(std::string_view name) const
{
    if (!is_file_name(name))
        return no_name(name);
    descriptor opened(::openat(get(), std::string(name).c_str(), folder_flags | O_NOFOLLOW));
    if (!opened)
        return failure("open folder", path_, name);
    return folder(std::move(opened), path_ / name);
}

result<folder> folder::make(std::string_view name, mode_t mode) const
{
    if (!is_file_name(name))
        return no_name(name);
    if (::mkdirat(get(), std::string(name).c_str(), mode) != 0 && errno != EEXIST)
        return failure("make folder", path_, name);
    return enter(name);
}

result<descriptor> folder::create_file(std::string_view name) const
{
    if (!is_file_name(name))
        return no_name(name);
    constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    descriptor made(::openat(get(), std::string(name).c_str(), flags, 0600));
    if (!made)
        return failure("create", path_, name);
    return made;
}

result<descriptor> folder::open_file(std::string_view name) const
{
    if (!is_file_name(name))
        return no_name(name);
    // O_NONBLOCK: opening a fifo would otherwise wait for its writer.
    descriptor opened(::openat(get(), std::string(name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!opened)
        return failure("open", path_, name);
    struct ::stat seen{};
    if (::fstat(opened.get(), &seen) != 0)
        return failure("look at", path_, name);
    if (!S_ISREG(seen.st_mode))
        return error(errc::invalid, (path_ / name).string() + " is not a regular file");
    return opened;
}

result<std::optional<struct ::stat>> folder::look(std::string_view name) const
{
    if (!is_file_name(name))
        return no_name(name);
    struct ::stat seen{};
    if (::fstatat(get(), std::string(name).c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0)
        return seen;
    if (errno == ENOENT)
        return std::optional<struct ::stat>();
    return failure("look at", path_, name);
}

result<std::vector<std::string>> folder::names() const
{
    // Of its own, since reading a directory moves the descriptor's offset.
    const int again = ::openat(get(), ".", folder_flags);
    if (again < 0)
        return failure("open folder", path_, "");
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(again), ::closedir);
    if (!stream)
        return failure("read folder", path_, "");
    std::vector<std::string> all;
    for (errno = 0; const dirent* entry = ::readdir(stream.get()); errno = 0)
        if (is_file_name(entry->d_name))
            all.emplace_back(entry->d_name);
    if (errno != 0)
        return failure("read folder", path_, "");
    std::sort(all.begin(), all.end());
    return all;
}

result<std::optional<std::string>> folder::link_target(std::string_view name) const
{
    if (!is_file_name(name))
        return no_name(name);
    std::array<char, PATH_MAX> buffer{};
    const ssize_t length = ::readlinkat(get(), std::string(name).c_str(), buffer.data(), buffer.size());
    if (length >= 0)
        return std::optional(std::string(buffer.data(), static_cast<std::size_t>(length)));
    if (errno == ENOENT || errno == EINVAL)
        return std::optional<std::string>();
    return failure("read link", path_, name);
}

result<void> folder::point(std::string_view name, const std::string& target) const
{
    if (!is_file_name(name))
        return no_name(name);
    const std::string scratch = "." + std::string(name).substr(0, 200) + "." + random_hex(4) + ".new";
    if (::symlinkat(target.c_str(), get(), scratch.c_str()) != 0)
        return failure("make link", path_, scratch);
    if (::renameat(get(), scratch.c_str(), get(), std::string(name).c_str()) == 0)
        return result<void>();
    error why = failure("make link", path_, name);
    ::unlinkat(get(), scratch.c_str(), 0);
    return why;
}

result<void> folder::link_to(std::string_view name, const folder& other, std::string_view as) const
{
    if (!is_file_name(name) || !is_file_name(as))
        return no_name(is_file_name(name) ? as : name);
    if (::linkat(get(), std::string(name).c_str(), other.get(), std::string(as).c_str(), 0) != 0)
        return failure("link " + (path_ / name).string() + " to", other.path_, as);
    return result<void>();
}

result<void> folder::rename_to(std::string_view name, const folder& other, std::string_view as) const
{
    if (!is_file_name(name) || !is_file_name(as))
        return no_name(is_file_name(name) ? as : name);
    if (::renameat(get(), std::string(name).c_str(), other.get(), std::string(as).c_str()) != 0)
        return failure("rename " + (path_ / name).string() + " to", other.path_, as);
    return result<void>();
}

result<void> folder::exchange(std::string_view name, const folder& other, std::string_view with) const
{
    if (!is_file_name(name) || !is_file_name(with))
        return no_name(is_file_name(name) ? with : name);
    const std::string mine(name);
    const std::string theirs(with);
    if (::renameat2(get(), mine.c_str(), other.get(), theirs.c_str(), RENAME_EXCHANGE) != 0)
        return failure("exchange " + (path_ / name).string() + " with", other.path_, with);
    return result<void>();
}

result<void> folder::remove(std::string_view name) const
{
    if (!is_file_name(name))
        return no_name(name);
    if (::unlinkat(get(), std::string(name).c_str(), 0) != 0 && errno != ENOENT)
        return failure("remove", path_, name);
    return result<void>();
}

result<bool> folder::remove_if_empty(std::string_view name) const
{
    if (!is_file_name(name))
        return no_name(name);
    if (::unlinkat(get(), std::string(name).c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT)
        return true;
    if (errno == ENOTEMPTY || errno == EEXIST)
        return false;
    return failure("remove folder", path_, name);
}

// Recursive, but no deeper than PATH_MAX allows names to be: what lies deeper cannot be made by ordinary programs.
result<void> folder::remove_tree(std::string_view name) const // NOLINT(misc-no-recursion)
{
    result<void> gone = remove(name);
    if (gone)
        return gone;
    result<folder> inside = enter(name);
    if (!inside)
        return inside.error().code() == errc::not_found ? result<void>() : gone;
    result<std::vector<std::string>> all = inside->names();
    if (!all)
        return all.error();
    for (const std::string& each : *all)
        if (result<void> removed = inside->remove_tree(each); !removed)
            return removed;
    if (::unlinkat(get(), std::string(name).c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
        return failure("remove folder", path_, name);
    return result<void>();
}

result<rights> folder::current_rights() const
{
    struct ::stat seen{};
    if (::fstat(get(), &seen) != 0)
        return failure("look at", path_, "");
    return rights{seen.st_uid, seen.st_gid, seen.st_mode & 07777};
}

result<void> folder::set_rights(const rights& wanted) const
{
    return host::set_rights(open_, wanted, path_.string());
}

result<void> folder::sync() const
{
    if (::fsync(get()) != 0)
        return failure("fsync", path_, "");
    return result<void>();
}

result<void> folder::sync_file_system() const
{
    if (::syncfs(get()) != 0)
        return failure("syncfs", path_, "");
    return result<void>();
}

result<folder> descend(const folder& from, std::string_view path, std::optional<mode_t> make_with)
{
    while (path.ends_with('/'))
        path.remove_suffix(1);
    result<folder> here = error(errc::invalid, "an empty path below " + from.path().string());
    const folder* at = &from;
    for (const std::string& part : split(path, '/')) {
        result<folder> next = make_with ? at->make(part, *make_with) : at->enter(part);
        if (!next)
            return next.error();
        here = std::move(next);
        at = &*here;
    }
    return here;
}

result<void> set_rights(const descriptor& file, const rights& wanted, const std::string& named)
{
    struct ::stat seen{};
    if (::fstat(file.get(), &seen) != 0)
        return os_error("look at " + named, errno);
    const bool other_owner = seen.st_uid != wanted.owner || seen.st_gid != wanted.group;
    if (other_owner && ::fchown(file.get(), wanted.owner, wanted.group) != 0)
        return os_error("set the owner of " + named, errno);
    if (::fchmod(file.get(), wanted.mode) != 0)
        return os_error("set the mode of " + named, errno);
    // Without an error the kernel leaves out the setgid bit for a group that is not ours (chmod(2)).
    if ((wanted.mode & setid_bits) != 0 && (::fstat(file.get(), &seen) != 0 || (seen.st_mode & 07777) != wanted.mode))
        return error(errc::denied, "set the mode of " + named + ": setuid or setgid cannot be applied by this account");
    return result<void>();
}

} // namespace fleetman::host
