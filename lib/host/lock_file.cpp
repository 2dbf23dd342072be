#include <fleetman/host/folder.hpp>
#include <fleetman/host/lock_file.hpp>
#include <fleetman/host/os_error.hpp>

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace fleetman::host {
namespace {

constexpr unsigned attempts = 5;
constexpr std::chrono::milliseconds pause(20);

} // namespace

result<lock_file> lock_file::take(const std::filesystem::path& path)
{
    if (const result<folder> parent = folder::make_all(path.parent_path(), 0700); !parent)
        return parent.error();
    descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file)
        return os_error("open " + path.string(), errno);
    // is_held() holds it for an instant: no reason to give up.
    bool taken = ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
    for (unsigned i = 1; !taken && errno == EWOULDBLOCK && i < attempts; ++i) {
        std::this_thread::sleep_for(pause);
        taken = ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
    }
    if (taken)
        return lock_file(std::move(file));
    if (errno == EWOULDBLOCK)
        return error(errc::conflict, path.string() + " is held by another running program");
    return os_error("lock " + path.string(), errno);
}

bool lock_file::is_held(const std::filesystem::path& path)
{
    const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    return file && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

} // namespace fleetman::host
