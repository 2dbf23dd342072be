#include "credential_formats.hpp"

#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/file_writing.hpp>
#include <fleetman/s3/credentials.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>

// Credentials that are at hand: configured, in the environment, in a file.

namespace fleetman::s3 {
namespace {

constexpr std::size_t file_max_bytes = std::size_t{1} << 20;

class fixed final : public credential_source
{
public:
    explicit fixed(credentials account) : account_(std::move(account)) {}
    task<result<credentials>> current() override { co_return account_; }

private:
    credentials account_;
};

class from_environment final : public credential_source
{
public:
    explicit from_environment(environment from) : from_(std::move(from)) {}

    task<result<credentials>> current() override
    {
        const auto key = from_("AWS_ACCESS_KEY_ID");
        const auto secret_key = from_("AWS_SECRET_ACCESS_KEY");
        if (!key || !secret_key)
            co_return error(errc::not_found, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set");
        credentials account{*key, secret(*secret_key), secret(from_("AWS_SESSION_TOKEN").value_or(""))};
        if (!is_usable(account))
            co_return error(errc::invalid, "AWS_ACCESS_KEY_ID or AWS_SESSION_TOKEN has characters that none has");
        co_return account;
    }

private:
    environment from_;
};

// Which file it was, and in which state: one that is replaced by a rename has another inode.
struct file_state
{
    dev_t device{};
    ino_t inode{};
    off_t size{};
    timespec modified{};

    static file_state of(const struct stat& seen) { return {seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtim}; }
    bool operator==(const file_state& other) const
    {
        return device == other.device && inode == other.inode && size == other.size &&
               modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec;
    }
};

// A few kilobytes at most, read on the caller's thread: it is no more than opening a socket.
result<std::string> read_small(const std::filesystem::path& file, file_state& state)
{
    const descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!opened && (errno == ENOENT || errno == ENOTDIR))
        return error(errc::not_found, "there is no file " + file.string());
    struct stat seen{};
    if (!opened || ::fstat(opened.get(), &seen) != 0)
        return file_failure("read", file);
    if (!S_ISREG(seen.st_mode) || static_cast<std::size_t>(seen.st_size) > file_max_bytes)
        return error(errc::invalid, file.string() + " is no credentials file: it is no file, or longer than 1 MiB");
    std::string text(static_cast<std::size_t>(seen.st_size), '\0');
    const ssize_t got = ::pread(opened.get(), text.data(), text.size(), 0);
    if (got < 0)
        return file_failure("read", file);
    text.resize(static_cast<std::size_t>(got));
    state = file_state::of(seen);
    return text;
}

class from_profile final : public credential_source
{
public:
    from_profile(std::filesystem::path file, std::string profile) : file_(std::move(file)), profile_(std::move(profile))
    {}

    task<result<credentials>> current() override
    {
        struct stat seen{};
        const bool same = last_ && ::stat(file_.c_str(), &seen) == 0 && file_state::of(seen) == state_;
        if (same)
            co_return *last_;
        result<std::string> text = read_small(file_, state_);
        if (!text)
            co_return text.error();
        result<credentials> account = parse_profile(*text, profile_);
        if (!account)
            co_return account.error().within(file_.string());
        last_ = *account;
        co_return account;
    }

    // Read anew for the attempt that follows; others are worth one only when they are others.
    bool refused(const credentials& used) override
    {
        last_.reset();
        const result<std::string> text = read_small(file_, state_);
        const result<credentials> now = text ? parse_profile(*text, profile_) : result<credentials>(text.error());
        return now && *now != used;
    }

private:
    std::filesystem::path file_;
    std::string profile_;
    file_state state_;
    std::optional<credentials> last_;
};

} // namespace

std::shared_ptr<credential_source> fixed_credentials(credentials account)
{
    return std::make_shared<fixed>(std::move(account));
}

environment process_environment()
{
    return [](const char* name) -> std::optional<std::string> {
        const char* const value = std::getenv(name);
        return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
    };
}

std::shared_ptr<credential_source> environment_credentials(environment from)
{
    return std::make_shared<from_environment>(std::move(from));
}

std::shared_ptr<credential_source> profile_credentials(std::filesystem::path file, std::string profile)
{
    return std::make_shared<from_profile>(std::move(file), std::move(profile));
}

} // namespace fleetman::s3
