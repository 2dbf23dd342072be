#include <fleetman/core/spool.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace fleetman {

namespace {

error spool_error(const std::string& doing, int number)
{
    const bool full = number == ENOSPC || number == EDQUOT || number == EIO;
    return {full ? errc::unavailable : errc::failed,
        doing + " for an upload of unknown length: " + std::generic_category().message(number)};
}

// O_TMPFILE where the file system has it, else a file that loses its name at once.
int open_unnamed(const std::filesystem::path& folder)
{
    const int unnamed = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (unnamed >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return unnamed;
    std::string name = (folder / "fleetman-upload-XXXXXX").string();
    const int named = ::mkostemp(name.data(), O_CLOEXEC);
    if (named >= 0)
        ::unlink(name.c_str());
    return named;
}

std::filesystem::path default_folder()
{
    const char* const set = std::getenv("TMPDIR");
    return set != nullptr && *set != '\0' ? set : "/var/tmp";
}

result<std::size_t> write_all(int file, std::string_view bytes, std::uint64_t offset)
{
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t written =
            ::pwrite(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return spool_error("write to a temporary file", errno);
        done += static_cast<std::size_t>(written);
    }
    return done;
}

result<std::string> read_some(int file, std::size_t max, std::uint64_t offset)
{
    std::string piece(max, '\0');
    ssize_t got = -1;
    do
        got = ::pread(file, piece.data(), piece.size(), static_cast<off_t>(offset));
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return spool_error("read a temporary file", errno);
    if (got == 0)
        return spool_error("read a temporary file", EIO); // it was longer a moment ago
    piece.resize(static_cast<std::size_t>(got));
    return piece;
}

} // namespace

result<std::unique_ptr<spool>> spool::make(worker_pool& pool, std::filesystem::path folder)
{
    if (folder.empty())
        folder = default_folder();
    const int opened = open_unnamed(folder);
    if (opened < 0)
        return spool_error("make a temporary file in " + folder.string(), errno);
    auto file = std::shared_ptr<const int>(new int(opened), [](const int* descriptor) {
        ::close(*descriptor);
        delete descriptor;
    });
    return std::unique_ptr<spool>(new spool(pool, std::move(file)));
}

task<result<void>> spool::write(std::string_view chunk)
{
    const result<std::size_t> done =
        co_await pool_.run([file = file_, chunk, at = written_] { return write_all(*file, chunk, at); });
    if (!done)
        co_return done.error();
    written_ += *done;
    co_return result<void>();
}

task<result<std::string>> spool::read(std::size_t max)
{
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(max, written_ - read_));
    if (wanted == 0)
        co_return std::string();
    result<std::string> piece =
        co_await pool_.run([file = file_, wanted, at = read_] { return read_some(*file, wanted, at); });
    if (piece)
        read_ += piece->size();
    co_return piece;
}

} // namespace fleetman
