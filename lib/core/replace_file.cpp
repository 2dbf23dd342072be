#include <fleetman/core/random.hpp>
#include <fleetman/core/replace_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

namespace fleetman {
namespace {

class descriptor
{
public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }

    int value() const noexcept { return fd_; }
    bool valid() const noexcept { return fd_ >= 0; }

private:
    int fd_;
};

error failure(std::string_view doing, const std::filesystem::path& file)
{
    const int code = errno;
    const bool refused = code == EACCES || code == EPERM || code == EROFS;
    return {refused ? errc::denied : errc::failed,
        std::string(doing) + ' ' + file.string() + ": " + std::generic_category().message(code)};
}

result<void> write_all(int fd, std::string_view content, const std::filesystem::path& file)
{
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return failure("write", file);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(fd) != 0)
        return failure("flush", file);
    return {};
}

// Removes the new file unless it was renamed.
class temporary
{
public:
    explicit temporary(std::filesystem::path path) : path_(std::move(path)) {}
    temporary(const temporary&) = delete;
    temporary& operator=(const temporary&) = delete;
    ~temporary()
    {
        if (!kept_)
            ::unlink(path_.c_str());
    }

    const std::filesystem::path& path() const noexcept { return path_; }
    void keep() noexcept { kept_ = true; }

private:
    std::filesystem::path path_;
    bool kept_ = false;
};

} // namespace

result<void> replace_file(
    const std::filesystem::path& file, std::string_view content, const std::function<result<void>()>& still_wanted)
{
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    const descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.valid())
        return failure("open", folder);

    temporary fresh(folder / ('.' + file.filename().string() + '.' + random_hex(8)));
    const descriptor written(
        ::open(fresh.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!written.valid())
        return failure("create", fresh.path());
    if (::fchmod(written.value(), S_IRUSR | S_IWUSR) != 0) // whatever the umask is
        return failure("set the mode of", fresh.path());
    if (result<void> outcome = write_all(written.value(), content, fresh.path()); !outcome)
        return outcome.error();

    // Held until the folder is closed. Between the question and the rename no other save can take place.
    if (::flock(opened.value(), LOCK_EX) != 0)
        return failure("lock", folder);
    if (result<void> wanted = still_wanted ? still_wanted() : result<void>(); !wanted)
        return wanted.error();
    if (::rename(fresh.path().c_str(), file.c_str()) != 0)
        return failure("replace", file);
    fresh.keep();
    if (::fsync(opened.value()) != 0)
        return failure("flush", folder);
    return {};
}

} // namespace fleetman
