#include <fleetman/core/file_writing.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/replace_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace fleetman {
namespace {

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
    if (!opened)
        return file_failure("open", folder);

    temporary fresh(folder / ('.' + file.filename().string() + '.' + random_hex(8)));
    const descriptor written(
        ::open(fresh.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!written)
        return file_failure("create", fresh.path());
    if (::fchmod(written.get(), S_IRUSR | S_IWUSR) != 0) // whatever the umask is
        return file_failure("set the mode of", fresh.path());
    if (result<void> outcome = write_all(written, content, fresh.path()); !outcome)
        return outcome.error();
    if (::fsync(written.get()) != 0)
        return file_failure("flush", fresh.path());

    // Held until the folder is closed. Between the question and the rename no other save can take place.
    if (::flock(opened.get(), LOCK_EX) != 0)
        return file_failure("lock", folder);
    if (result<void> wanted = still_wanted ? still_wanted() : result<void>(); !wanted)
        return wanted.error();
    if (::rename(fresh.path().c_str(), file.c_str()) != 0)
        return file_failure("replace", file);
    fresh.keep();
    if (::fsync(opened.get()) != 0)
        return file_failure("flush", folder);
    return {};
}

} // namespace fleetman
