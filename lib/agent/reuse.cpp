#include <fleetman/agent/reuse.hpp>
#include <fleetman/agent/stage.hpp>
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
result<descriptor> open_beneath(
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

std::optional<std::uint64_t> size_of(const descriptor& file)
{
    struct ::stat seen{};
    return ::fstat(file.get(), &seen) == 0 ? std::optional(static_cast<std::uint64_t>(seen.st_size)) : std::nullopt;
}

// Where the file system can, `into` shares the blocks until one of the two is written to: then only hashing is left.
// What is hashed is `into`, which nobody else writes to.
bool clone_file(const descriptor& from, const descriptor& into)
{
    return ::ioctl(into.get(), FICLONE, from.get()) == 0;
}

// Reads `from` to its end, writing it to `into` unless that has it already; the SHA-256 of what was read.
std::optional<std::string> hash_and_copy(
    const descriptor& from, const descriptor* into, std::uint64_t expected, const std::function<bool()>& give_up)
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

bool emptied(const descriptor& file)
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

std::string tokens_digest(const model::token_values& tokens)
{
    hasher all(hash::sha256);
    for (const std::string& each : {tokens.cell_id, tokens.service_working_dir, tokens.base_dir}) {
        all.update(each + '\0');
    }
    return to_hex(all.finish());
}

reusable_files::reusable_files(
    const cell_layout& layout, const std::vector<release_record>& releases, std::string tokens)
    : releases_(layout.releases()), tokens_(std::move(tokens))
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
        if (!file.rendered_sha256.empty() && release.rendered_for != tokens_)
            continue;
        const source from{release.name, file.path, {file.sha256, file.rendered_sha256}};
        put(file.sha256, from);
        if (tells_content(file.etag))
            put(content_key(file.etag, file.size), from);
    }
}

// One with its tokens replaced is of no use for a file that is not rendered.
std::vector<reusable_files::source> reusable_files::sources_of(const content_file& file) const
{
    const auto found = by_content_.find(file.sha256 ? *file.sha256 : content_key(file.etag, file.size));
    std::vector<source> all = found == by_content_.end() ? std::vector<source>() : found->second;
    if (!file.rendered)
        std::erase_if(all, [](const source& each) { return !each.content.rendered_sha256.empty(); });
    return all;
}

std::optional<copied_file> reusable_files::copy(
    const content_file& file, const descriptor& into, const std::function<bool()>& give_up) const
{
    for (const source& each : sources_of(file)) {
        const bool rendered = !each.content.rendered_sha256.empty();
        const result<descriptor> from = open_beneath(releases_, each.release, each.path);
        const std::optional<std::uint64_t> size = from ? size_of(*from) : std::nullopt;
        if (!size || (rendered ? *size > template_max_bytes : *size != file.size))
            continue;
        const bool cloned = clone_file(*from, into);
        const std::optional<std::string> digest =
            cloned ? hash_and_copy(into, nullptr, *size, give_up) : hash_and_copy(*from, &into, *size, give_up);
        if (digest && *digest == (rendered ? each.content.rendered_sha256 : each.content.sha256))
            return each.content;
        if (!emptied(into) || give_up())
            return std::nullopt;
    }
    return std::nullopt;
}

} // namespace fleetman::agent
