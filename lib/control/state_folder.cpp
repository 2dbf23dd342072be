#include <fleetman/control/state_folder.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace fleetman::control {

namespace fs = std::filesystem;

namespace {

constexpr mode_t only_ours = S_IRWXU;

error failure(const std::string& doing, const fs::path& at)
{
    const int code = errno;
    const bool refused = code == EACCES || code == EPERM || code == EROFS;
    return {refused ? errc::denied : errc::failed,
        doing + ' ' + at.string() + ": " + std::generic_category().message(code) +
            " (`state_directory` in the configuration names another folder)"};
}

// Closed with its last copy.
std::shared_ptr<const int> owned(int descriptor)
{
    return {new int(descriptor), [](const int* open) {
                ::close(*open);
                delete open;
            }};
}

result<void> make_private(const fs::path& at)
{
    if (::mkdir(at.c_str(), only_ours) != 0 && errno != EEXIST)
        return failure("make", at);
    const int opened = ::open(at.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0)
        return failure("open", at);
    const auto folder = owned(opened);
    if (::fchmod(*folder, only_ours) != 0) // whatever the umask is, and whoever made it
        return failure("set the mode of", at);
    return {};
}

result<std::shared_ptr<const int>> take_lock(const fs::path& folder)
{
    const fs::path file = folder / "lock";
    const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (opened < 0)
        return failure("open", file);
    std::shared_ptr<const int> lock = owned(opened);
    if (::flock(opened, LOCK_EX | LOCK_NB) == 0)
        return lock;
    if (errno != EWOULDBLOCK)
        return failure("lock", file);
    return error(errc::conflict, folder.string() + " belongs to another running controller (`fuser " + file.string() +
                                     "` shows which); give each its own `state_directory`");
}

// Files that were never renamed: their names begin with a dot.
result<void> sweep(const fs::path& folder)
{
    std::error_code wrong;
    for (fs::directory_iterator entry(folder, wrong), end; !wrong && entry != end; entry.increment(wrong))
        if (entry->path().filename().string().starts_with('.') && entry->is_regular_file(wrong))
            fs::remove(entry->path(), wrong);
    if (wrong)
        return error(errc::failed, "clear up " + folder.string() + ": " + wrong.message());
    return {};
}

} // namespace

result<state_folder> state_folder::open(const fs::path& at)
{
    if (result<void> made = make_private(at); !made)
        return made.error();
    result<std::shared_ptr<const int>> lock = take_lock(at);
    if (!lock)
        return lock.error();
    if (result<void> swept = sweep(at); !swept)
        return swept.error();
    return state_folder(at, std::move(*lock));
}

} // namespace fleetman::control
