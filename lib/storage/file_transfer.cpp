#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/file_writing.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/storage/file_transfer.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace fleetman::storage {
namespace {

// Reads of this size come from the disk; what is asked for is cut from them.
class file_source final : public byte_source
{
public:
    file_source(descriptor file, std::filesystem::path named, worker_pool& pool)
        : file_(std::move(file)), named_(std::move(named)), pool_(pool)
    {}

    task<result<std::string>> read(std::size_t max) override
    {
        const std::size_t wanted = std::min(max, copy_block_bytes);
        result<std::string> piece = co_await pool_.run([this, wanted] { return read_at(wanted); });
        if (piece)
            offset_ += piece->size();
        co_return piece;
    }

private:
    result<std::string> read_at(std::size_t wanted) const
    {
        std::string piece(wanted, '\0');
        ssize_t got = -1;
        do
            got = ::pread(file_.get(), piece.data(), piece.size(), static_cast<off_t>(offset_));
        while (got < 0 && errno == EINTR);
        if (got < 0)
            return file_failure("read", named_);
        piece.resize(static_cast<std::size_t>(got));
        return piece;
    }

    descriptor file_;
    std::filesystem::path named_;
    worker_pool& pool_;
    std::uint64_t offset_ = 0;
};

// A full disk may have room again later.
error write_failure(std::string_view doing, const std::filesystem::path& file)
{
    const bool full = errno == ENOSPC || errno == EDQUOT;
    const error reason = file_failure(doing, file);
    return full ? error(errc::unavailable, reason.message()) : reason;
}

// A file that has no name yet that anybody looks for, and loses that one when it does not get another.
class fresh_file final : public byte_sink
{
public:
    fresh_file(std::filesystem::path wanted, worker_pool& pool)
        : wanted_(std::move(wanted)), folder_(wanted_.has_parent_path() ? wanted_.parent_path() : "."),
          fresh_(folder_ / ('.' + wanted_.filename().string() + '.' + random_hex(8))), pool_(pool)
    {}
    ~fresh_file() override
    {
        if (file_ && !renamed_)
            ::unlink(fresh_.c_str());
    }
    fresh_file(const fresh_file&) = delete;
    fresh_file& operator=(const fresh_file&) = delete;

    result<void> create()
    {
        file_ =
            descriptor(::open(fresh_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
        return file_ ? result<void>() : result<void>(write_failure("create", fresh_));
    }

    task<result<void>> write(std::string_view chunk) override
    {
        co_return co_await pool_.run([this, chunk] { return write_all(chunk); });
    }

    result<void> take_its_name()
    {
        if (::fsync(file_.get()) != 0)
            return write_failure("flush", fresh_);
        if (::rename(fresh_.c_str(), wanted_.c_str()) != 0)
            return write_failure("replace", wanted_);
        renamed_ = true;
        const descriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!folder || ::fsync(folder.get()) != 0)
            return write_failure("flush", folder_);
        return {};
    }

private:
    result<void> write_all(std::string_view chunk) const
    {
        while (!chunk.empty()) {
            const ssize_t written = ::write(file_.get(), chunk.data(), chunk.size());
            if (written < 0 && errno != EINTR)
                return write_failure("write", fresh_);
            chunk.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
        }
        return {};
    }

    std::filesystem::path wanted_;
    std::filesystem::path folder_;
    std::filesystem::path fresh_;
    worker_pool& pool_;
    descriptor file_;
    bool renamed_ = false;
};

struct opened_file
{
    descriptor file;
    std::uint64_t size{};
};

result<opened_file> open_to_read(const std::filesystem::path& file)
{
    opened_file made{descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK))};
    if (!made.file && (errno == ENOENT || errno == ENOTDIR))
        return error(errc::not_found, "there is no file " + file.string());
    struct stat seen{};
    if (!made.file || ::fstat(made.file.get(), &seen) != 0)
        return file_failure("read", file);
    if (!S_ISREG(seen.st_mode))
        return error(errc::invalid, file.string() + " is no regular file");
    made.size = static_cast<std::uint64_t>(seen.st_size);
    return made;
}

} // namespace

task<result<std::string>> put_file(object_store& to, std::string key, std::filesystem::path file, worker_pool& pool)
{
    result<opened_file> opened = co_await pool.run([&file] { return open_to_read(file); });
    if (!opened)
        co_return opened.error().within("put " + key);
    if (opened->size == 0)
        co_return co_await to.put(std::move(key), std::string());
    file_source body(std::move(opened->file), file, pool);
    co_return co_await to.put(std::move(key), body, opened->size);
}

task<result<object_info>> get_file(object_store& from, std::string key, std::filesystem::path file, worker_pool& pool)
{
    fresh_file fresh(file, pool);
    const result<void> created = co_await pool.run([&fresh] { return fresh.create(); });
    if (!created)
        co_return created.error().within("get " + key);
    result<object_info> got = co_await from.get(key, fresh);
    if (!got)
        co_return got;
    const result<void> named = co_await pool.run([&fresh] { return fresh.take_its_name(); });
    if (!named)
        co_return named.error().within("get " + key);
    co_return got;
}

} // namespace fleetman::storage
