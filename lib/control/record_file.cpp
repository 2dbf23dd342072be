#include <fleetman/control/record_file.hpp>
#include <fleetman/core/file_writing.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace fleetman::control {

namespace fs = std::filesystem;

namespace {

constexpr mode_t owner_only = S_IRUSR | S_IWUSR;

result<void> write_flushed(const descriptor& file, std::string_view content, const fs::path& named)
{
    if (auto written = write_all(file, content, named); !written)
        return written;
    if (::fdatasync(file.get()) != 0)
        return file_failure("flush", named);
    return {};
}

result<void> flush_folder(const fs::path& of)
{
    const fs::path folder = of.has_parent_path() ? of.parent_path() : ".";
    const descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0)
        return file_failure("flush", folder);
    return {};
}

// The length of what ends with a line end.
result<std::uint64_t> whole_lines(int fd, std::uint64_t size, const fs::path& file)
{
    std::array<char, 65'536> block{};
    for (std::uint64_t end = size; end > 0;) {
        const std::uint64_t begin = end > block.size() ? end - block.size() : 0;
        const ssize_t length =
            ::pread(fd, block.data(), static_cast<std::size_t>(end - begin), static_cast<off_t>(begin));
        if (length < 0)
            return file_failure("read", file);
        const std::string_view text(block.data(), static_cast<std::size_t>(length));
        if (const std::size_t last = text.rfind('\n'); last != std::string_view::npos)
            return begin + last + 1;
        end = begin;
    }
    return std::uint64_t{0};
}

fs::path numbered(const fs::path& file, std::size_t number)
{
    return number == 0 ? file : fs::path(file.string() + '.' + std::to_string(number));
}

} // namespace

record_file::record_file(fs::path path, descriptor file, std::uint64_t size)
    : path_(std::move(path)), file_(std::move(file)), size_(size)
{}

result<record_file> record_file::open(const fs::path& file)
{
    descriptor opened(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, owner_only));
    if (!opened)
        return file_failure("open", file);
    struct stat found{};
    if (::fstat(opened.get(), &found) != 0)
        return file_failure("examine", file);
    const auto size = static_cast<std::uint64_t>(found.st_size);
    const result<std::uint64_t> whole = whole_lines(opened.get(), size, file);
    if (!whole)
        return whole.error();
    if (*whole < size && ::ftruncate(opened.get(), static_cast<off_t>(*whole)) != 0)
        return file_failure("repair", file);
    if (auto flushed = flush_folder(file); !flushed)
        return flushed.error();
    return record_file(file, std::move(opened), *whole);
}

result<void> record_file::append(std::string_view lines)
{
    if (auto written = write_flushed(file_, lines, path_); !written) {
        // Half a line must not become the beginning of the next one.
        if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0)
            return file_failure("repair", path_);
        return written;
    }
    size_ += lines.size();
    return {};
}

// Opened before it takes the name, so that no failure leaves appends going to a file that has none.
result<void> record_file::replace(std::string_view lines)
{
    const fs::path fresh = path_.string() + ".new"; // one that a crash left is overwritten
    descriptor opened(
        ::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, owner_only));
    if (!opened)
        return file_failure("create", fresh);
    auto done = write_flushed(opened, lines, fresh);
    if (done && ::rename(fresh.c_str(), path_.c_str()) != 0)
        done = file_failure("replace", path_);
    if (!done) {
        ::unlink(fresh.c_str()); // on a full disk it would hold what is needed most
        return done;
    }
    file_ = std::move(opened);
    size_ = lines.size();
    return flush_folder(path_);
}

result<void> record_file::rotate(std::size_t kept)
{
    for (std::size_t number = kept; number-- > 0;)
        if (::rename(numbered(path_, number).c_str(), numbered(path_, number + 1).c_str()) != 0 && errno != ENOENT)
            return file_failure("set aside", numbered(path_, number));
    result<record_file> fresh = open(path_);
    if (!fresh)
        return fresh.error();
    *this = std::move(*fresh);
    return {};
}

std::vector<fs::path> rotated_files(const fs::path& file, std::size_t kept)
{
    std::vector<fs::path> present;
    std::error_code ignored;
    for (std::size_t number = 0; number <= kept; ++number)
        if (fs::path one = numbered(file, number); fs::exists(one, ignored))
            present.push_back(std::move(one));
    return present;
}

result<void> read_records(
    const fs::path& file, std::uint64_t max_bytes, const std::function<void(std::string_view)>& take)
{
    const descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened && errno == ENOENT)
        return {};
    if (!opened)
        return file_failure("open", file);
    std::array<char, 65'536> block{};
    std::string pending;
    for (std::uint64_t seen = 0;;) {
        const ssize_t length = ::read(opened.get(), block.data(), block.size());
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return file_failure("read", file);
        if (length == 0)
            return {}; // what has no line end was torn
        seen += static_cast<std::uint64_t>(length);
        if (seen > max_bytes)
            return error(errc::too_large, file.string() + " has more than " + std::to_string(max_bytes) + " bytes");
        pending.append(block.data(), static_cast<std::size_t>(length));
        std::size_t begin = 0;
        for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', begin)) {
            take(std::string_view(pending).substr(begin, end - begin));
            begin = end + 1;
        }
        pending.erase(0, begin);
    }
}

} // namespace fleetman::control
