#include <fleetman/host/folder.hpp>
#include <fleetman/host/lock_file.hpp>
#include <fleetman/host/os_error.hpp>

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace fleetman::host {

result<lock_file> lock_file::take(const std::filesystem::path& path)
{
    if (const result<folder> parent = folder::make_all(path.parent_path(), 0700); !parent)
        return parent.error();
    descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file)
        return os_error("open " + path.string(), errno);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0)
        return lock_file(std::move(file));
    if (errno == EWOULDBLOCK)
        return error(errc::conflict, path.string() + " is held by another running program");
    return os_error("lock " + path.string(), errno);
}

} // namespace fleetman::host
