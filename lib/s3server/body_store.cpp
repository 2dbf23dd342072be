#include "body_store.hpp"

#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace fleetman::s3server {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t name_bytes = 16; // as hex: the file's name
constexpr int subfolder_count = 256;

error failure_of(std::string_view doing, int code)
{
    const std::string message = std::string(doing) + ": " + std::system_category().message(code);
    if (code == ENOSPC || code == EDQUOT)
        return {errc::unavailable, message};
    return {code == ENOENT ? errc::not_found : errc::failed, message};
}

file_descriptor owned(int descriptor)
{
    return {new int(descriptor), [](const int* open) {
                ::close(*open);
                delete open;
            }};
}

result<file_descriptor> open_file(const fs::path& path, int flags)
{
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return failure_of("open " + path.string(), errno);
    return owned(descriptor);
}

result<void> sync_folder(const fs::path& folder)
{
    result<file_descriptor> open = open_file(folder, O_RDONLY | O_DIRECTORY);
    if (!open)
        return open.error();
    if (::fsync(**open) != 0)
        return failure_of("sync " + folder.string(), errno);
    return {};
}

std::string subfolder(int number)
{
    constexpr std::string_view digits = "0123456789abcdef";
    return {digits[static_cast<std::size_t>(number / 16)], digits[static_cast<std::size_t>(number % 16)]};
}

} // namespace

body_file::~body_file()
{
    if (!temporary_.empty())
        ::unlink(temporary_.c_str());
}

body_file::body_file(body_file&& other) noexcept
    : temporary_(std::exchange(other.temporary_, {})), open_(std::move(other.open_))
{}

result<void> body_file::append(std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(*open_, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            return failure_of("write a body", errno);
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return {};
}

result<void> body_file::append_file(int descriptor, std::uint64_t length)
{
    off_t from = 0;
    while (length != 0) {
        const ssize_t copied = ::copy_file_range(descriptor, &from, *open_, nullptr, length, 0);
        if (copied == 0)
            return error(errc::failed, "a part's file is shorter than the index says");
        if (copied < 0 && errno != EINTR)
            return failure_of("copy a part", errno);
        length -= static_cast<std::uint64_t>(std::max<ssize_t>(copied, 0));
    }
    return {};
}

result<body_store> body_store::open(const fs::path& folder)
{
    std::error_code failure;
    fs::remove_all(folder / "tmp", failure);
    if (!failure)
        fs::create_directories(folder / "tmp", failure);
    for (int i = 0; !failure && i < subfolder_count; ++i)
        fs::create_directories(folder / "blobs" / subfolder(i), failure);
    if (failure)
        return error(errc::failed, "prepare " + folder.string() + ": " + failure.message());
    for (const fs::path& one : {folder / "blobs", folder})
        if (result<void> synced = sync_folder(one); !synced)
            return synced.error();
    return body_store(folder);
}

result<body_file> body_store::create() const
{
    fs::path temporary = folder_ / "tmp" / random_hex(name_bytes);
    result<file_descriptor> open = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL);
    if (!open)
        return open.error();
    return body_file(std::move(temporary), std::move(*open));
}

result<std::string> body_store::finish(body_file file) const
{
    if (::fsync(*file.open_) != 0)
        return failure_of("sync a body", errno);
    std::string name = file.temporary_.filename();
    const fs::path place = place_of(name);
    if (::rename(file.temporary_.c_str(), place.c_str()) != 0)
        return failure_of("rename a body", errno);
    file.temporary_.clear();
    result<void> synced = sync_folder(place.parent_path());
    if (!synced)
        return synced.error();
    return name;
}

result<void> body_store::take_in(int descriptor, const std::string& name) const
{
    struct stat info{};
    if (::fstat(descriptor, &info) != 0)
        return failure_of("copy a body", errno);
    result<body_file> to = create();
    if (!to)
        return to.error();
    if (result<void> copied = to->append_file(descriptor, static_cast<std::uint64_t>(info.st_size)); !copied)
        return copied;
    if (::fsync(*to->open_) != 0 || ::rename(to->temporary_.c_str(), place_of(name).c_str()) != 0)
        return failure_of("keep a body", errno);
    to->temporary_.clear();
    return {};
}

result<void> body_store::sync() const
{
    for (int i = 0; i < subfolder_count; ++i)
        if (result<void> synced = sync_folder(folder_ / "blobs" / subfolder(i)); !synced)
            return synced;
    for (const fs::path& one : {folder_ / "blobs", folder_})
        if (result<void> synced = sync_folder(one); !synced)
            return synced;
    return {};
}

result<file_descriptor> body_store::read(const std::string& name) const
{
    return open_file(place_of(name), O_RDONLY);
}

result<std::string> body_store::duplicate(const std::string& name) const
{
    std::string second = random_hex(name_bytes);
    const fs::path place = place_of(second);
    if (::link(place_of(name).c_str(), place.c_str()) != 0)
        return errno == ENOENT ? result<std::string>(failure_of("link a body", errno)) : copy(name);
    result<void> synced = sync_folder(place.parent_path());
    if (!synced)
        return synced.error();
    return second;
}

result<std::string> body_store::copy(const std::string& name) const
{
    result<file_descriptor> from = read(name);
    if (!from)
        return from.error();
    struct stat info{};
    if (::fstat(**from, &info) != 0)
        return failure_of("copy a body", errno);
    result<body_file> to = create();
    if (!to)
        return to.error();
    result<void> copied = to->append_file(**from, static_cast<std::uint64_t>(info.st_size));
    if (!copied)
        return copied.error();
    return finish(std::move(*to));
}

void body_store::remove(const freed_files& names) const
{
    for (const std::string& name : names)
        if (::unlink(place_of(name).c_str()) != 0) // the next start sweeps it
            log::warning("store", "body-not-removed", {{"error", std::system_category().message(errno)}});
}

result<std::size_t> body_store::sweep(const std::set<std::string>& referenced) const
{
    std::error_code failure;
    std::size_t removed = 0;
    fs::recursive_directory_iterator at(folder_ / "blobs", failure);
    for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
        if (!at->is_regular_file(failure) || referenced.contains(at->path().filename()))
            continue;
        fs::remove(at->path(), failure);
        ++removed;
    }
    if (failure)
        return error(errc::failed, "sweep " + folder_.string() + ": " + failure.message());
    return removed;
}

fs::path body_store::place_of(const std::string& name) const
{
    return folder_ / "blobs" / name.substr(0, 2) / name;
}

} // namespace fleetman::s3server
