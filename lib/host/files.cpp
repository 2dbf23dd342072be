#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/host/os_error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <limits>

namespace fleetman::host {
namespace {

std::filesystem::path scratch_of(const std::filesystem::path& path)
{
    return path.parent_path() / ("." + path.filename().string() + ".new");
}

// A file of ours with room for `wanted` bytes; its size, which is less when the disk has no more and `least` fit.
result<std::size_t> provide_room(
    const descriptor& file, std::size_t wanted, std::size_t least, const std::string& named)
{
    struct ::stat seen{};
    if (::fstat(file.get(), &seen) != 0)
        return os_error("look at " + named, errno);
    const auto size = static_cast<std::size_t>(seen.st_size);
    if (size >= wanted)
        return size;
    const int failure = ::posix_fallocate(file.get(), 0, static_cast<off_t>(wanted));
    if (failure == 0)
        return wanted;
    if (size >= least)
        return size;
    return os_error("write " + named, failure);
}

result<descriptor> open_turn(const std::filesystem::path& path)
{
    descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file)
        return os_error("open " + path.string(), errno);
    return file;
}

result<void> sync_folder_of(const std::filesystem::path& path)
{
    result<folder> parent = folder::open(path.parent_path().empty() ? "." : path.parent_path());
    if (!parent)
        return parent.error();
    return parent->sync();
}

} // namespace

result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max_bytes)
{
    const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file)
        return os_error("open " + path.string(), errno);
    return read_file(file, max_bytes, path.string());
}

result<std::string> read_file(const descriptor& file, std::uint64_t max_bytes, const std::string& named)
{
    constexpr std::size_t step = std::size_t{64} * 1024;
    std::string text;
    for (;;) {
        const std::size_t before = text.size();
        text.resize(before + step);
        const ssize_t count = ::read(file.get(), text.data() + before, step);
        if (count < 0 && errno == EINTR) {
            text.resize(before);
            continue;
        }
        if (count < 0)
            return os_error("read " + named, errno);
        text.resize(before + static_cast<std::size_t>(count));
        if (text.size() > max_bytes)
            return error(errc::too_large, named + ": more than " + std::to_string(max_bytes) + " bytes");
        if (count == 0)
            return text;
    }
}

result<void> write_all(const descriptor& file, std::string_view bytes, const std::string& named)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return os_error("write " + named, errno);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return result<void>();
}

result<void> write_scratch(const std::filesystem::path& scratch, std::string_view text, mode_t mode)
{
    if (::unlink(scratch.c_str()) != 0 && errno != ENOENT)
        return os_error("remove " + scratch.string(), errno);
    const descriptor file(::open(scratch.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file)
        return os_error("create " + scratch.string(), errno);
    if (result<void> written = write_all(file, text, scratch.string()); !written)
        return written;
    if (::fchmod(file.get(), mode) != 0)
        return os_error("set the mode of " + scratch.string(), errno);
    if (::fsync(file.get()) != 0)
        return os_error("fsync " + scratch.string(), errno);
    return result<void>();
}

result<void> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to)
{
    if (::rename(from.c_str(), to.c_str()) != 0)
        return os_error("rename " + from.string() + " to " + to.string(), errno);
    return sync_folder_of(to);
}

result<void> write_file_durably(const std::filesystem::path& path, std::string_view text, mode_t mode)
{
    const std::filesystem::path scratch = scratch_of(path);
    if (result<void> written = write_scratch(scratch, text, mode); !written)
        return written;
    return rename_durably(scratch, path);
}

result<void> write_in_turns(const std::filesystem::path& path, std::string_view text, std::size_t spare)
{
    const std::filesystem::path scratch = scratch_of(path);
    const std::size_t wanted = text.size() + spare;
    {
        const result<descriptor> file = open_turn(scratch);
        if (!file)
            return file.error();
        const result<std::size_t> room = provide_room(*file, wanted, text.size(), scratch.string());
        if (!room)
            return room.error();
        std::string filled(text);
        filled.append(*room - text.size(), '\n');
        if (result<void> written = write_all(*file, filled, scratch.string()); !written)
            return written;
        if (::fsync(file->get()) != 0)
            return os_error("fsync " + scratch.string(), errno);
    }
    const bool first = ::access(path.c_str(), F_OK) != 0;
    if (result<void> swapped = exchange_durably(scratch, path); !swapped || !first)
        return swapped;
    const result<descriptor> next = open_turn(scratch);
    if (!next)
        return next.error();
    const result<std::size_t> room = provide_room(*next, wanted, wanted, scratch.string());
    return room ? result<void>() : room.error();
}

result<void> remove_turns(const std::filesystem::path& path)
{
    const std::filesystem::path scratch = scratch_of(path);
    if (::unlink(scratch.c_str()) != 0 && errno != ENOENT)
        return os_error("remove " + scratch.string(), errno);
    return remove_durably(path);
}

result<void> exchange_durably(const std::filesystem::path& from, const std::filesystem::path& to)
{
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0)
        return sync_folder_of(to);
    if (errno != ENOENT && errno != EINVAL && errno != ENOSYS)
        return os_error("rename " + from.string() + " to " + to.string(), errno);
    return rename_durably(from, to);
}

result<void> remove_durably(const std::filesystem::path& path)
{
    if (::unlink(path.c_str()) != 0) {
        if (errno == ENOENT)
            return result<void>();
        return os_error("remove " + path.string(), errno);
    }
    return sync_folder_of(path);
}

result<space> free_space(const std::filesystem::path& path)
{
    struct ::statvfs seen{};
    if (::statvfs(path.c_str(), &seen) != 0)
        return os_error("look at the disk of " + path.string(), errno);
    // File systems without an inode table (btrfs) report no files at all.
    const std::uint64_t files = seen.f_files == 0 ? std::numeric_limits<std::uint64_t>::max() : seen.f_favail;
    return space{std::uint64_t{seen.f_bavail} * seen.f_frsize, files, seen.f_frsize};
}

} // namespace fleetman::host
