#include <fleetman/agent/reuse.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace fleetman::agent {
namespace {

constexpr std::size_t block_bytes = std::size_t{1024} * 1024;
constexpr std::size_t most_sources = 4; // of one content: files with the same bytes may be many
constexpr std::size_t md5_digits = 32;

std::string content_key(const std::string& etag, std::uint64_t size)
{
    return etag + ' ' + std::to_string(size);
}

// Opens a file beneath a release, which its service may write to: no symlink on the way is followed.
result<host::descriptor> open_beneath(
    const std::filesystem::path& releases, const std::string& release, const std::string& path)
{
    const result<host::folder> all = host::folder::open(releases);
    if (!all)
        return all.error();
    const result<host::folder> top = all->enter(release);
    if (!top)
        return top.error();
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos)
        return top->open_file(path);
    const result<host::folder> parent = host::descend(*top, path.substr(0, slash), std::nullopt);
    if (!parent)
        return parent.error();
    return parent->open_file(path.substr(slash + 1));
}

bool has_size(const host::descriptor& file, std::uint64_t size)
{
    struct ::stat seen{};
    return ::fstat(file.get(), &seen) == 0 && static_cast<std::uint64_t>(seen.st_size) == size;
}

// Where the file system can, `into` shares the blocks until one of the two is written to: then only hashing is left.
// What is hashed is `into`, which nobody else writes to.
bool clone_file(const host::descriptor& from, const host::descriptor& into)
{
    return ::ioctl(into.get(), FICLONE, from.get()) == 0;
}

// Reads `from` to its end, writing it to `into` unless that has it already; the SHA-256 of what was read.
std::optional<std::string> hash_and_copy(const host::descriptor& from, const host::descriptor* into,
    std::uint64_t expected, const std::function<bool()>& give_up)
{
    hasher hash(hash::sha256);
    std::string block(std::min<std::uint64_t>(block_bytes, expected + 1), '\0');
    std::uint64_t total = 0;
    for (;;) {
        const ssize_t count = ::pread(from.get(), block.data(), block.size(), static_cast<off_t>(total));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 || give_up())
            return std::nullopt;
        if (count == 0)
            return total == expected ? std::optional(to_hex(hash.finish())) : std::nullopt;
        total += static_cast<std::uint64_t>(count);
        if (total > expected)
            return std::nullopt;
        const std::string_view piece(block.data(), static_cast<std::size_t>(count));
        hash.update(piece);
        if (into != nullptr && !host::write_all(*into, piece, "a copy"))
            return std::nullopt;
    }
}

bool emptied(const host::descriptor& file)
{
    return ::ftruncate(file.get(), 0) == 0 && ::lseek(file.get(), 0, SEEK_SET) == 0;
}

} // namespace

bool tells_content(std::string_view etag)
{
    const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (etag.size() < md5_digits || !std::all_of(etag.begin(), etag.begin() + md5_digits, hex))
        return false;
    const std::string_view parts = etag.substr(md5_digits); // "-12"
    return parts.empty() ||
           (parts.size() > 1 && parts.front() == '-' && std::all_of(parts.begin() + 1, parts.end(), digit));
}

reusable_files::reusable_files(const cell_layout& layout, const std::vector<release_record>& releases)
    : releases_(layout.releases())
{
    for (auto release = releases.rbegin(); release != releases.rend(); ++release)
        add(*release);
}

void reusable_files::add(const release_record& release)
{
    const auto put = [this](const std::string& key, source from) {
        std::vector<source>& all = by_content_[key];
        if (all.size() < most_sources)
            all.push_back(std::move(from));
    };
    for (const fetched_file& file : release.fetched) {
        put(file.sha256, {release.name, file.path, file.sha256});
        if (tells_content(file.etag))
            put(content_key(file.etag, file.size), {release.name, file.path, file.sha256});
    }
}

std::string reusable_files::key_of(const content_file& file)
{
    return file.sha256 ? *file.sha256 : content_key(file.etag, file.size);
}

std::optional<std::string> reusable_files::copy(
    const content_file& file, const host::descriptor& into, const std::function<bool()>& give_up) const
{
    const auto found = by_content_.find(key_of(file));
    if (found == by_content_.end())
        return std::nullopt;
    for (const source& each : found->second) {
        const result<host::descriptor> from = open_beneath(releases_, each.release, each.path);
        if (!from || !has_size(*from, file.size))
            continue;
        const bool cloned = clone_file(*from, into);
        std::optional<std::string> digest =
            cloned ? hash_and_copy(into, nullptr, file.size, give_up) : hash_and_copy(*from, &into, file.size, give_up);
        if (digest && *digest == each.sha256)
            return digest;
        if (!emptied(into) || give_up())
            return std::nullopt;
    }
    return std::nullopt;
}

} // namespace fleetman::agent
