#include <fleetman/agent/log_tail.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace fleetman::agent {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

// How many bytes the UTF-8 sequence at the beginning of `text` has; 0 when it is none (RFC 3629).
std::size_t sequence_length(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xC2 && first < 0xE0 ? 2
                               : (first & 0xF0) == 0xE0        ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    if (length == 0 || length > text.size())
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80)
            return 0;
    if (length == 3 && ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) >= 0xA0)))
        return 0;
    if (length == 4 && ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) >= 0x90)))
        return 0;
    return length;
}

std::string readable(std::string_view line)
{
    std::string text;
    while (!line.empty()) {
        const std::size_t length = sequence_length(line);
        const auto first = static_cast<unsigned char>(line.front());
        if (length == 0 || (length == 1 && ((first < 0x20 && first != '\t') || first == 0x7F)))
            text += replacement;
        else
            text += line.substr(0, length);
        line.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return text;
}

// Opens a file beneath a release; the only links followed are ours, from a name to a folder directly in shared/.
result<descriptor> open_log(const host::folder& release, const std::filesystem::path& shared, std::string_view path)
{
    const std::vector<std::string> parts = split(path, '/');
    result<host::folder> here = host::folder::open(release.path());
    for (std::size_t i = 0; here && i + 1 < parts.size(); ++i) {
        const auto link = here->link_target(parts[i]);
        const std::filesystem::path target = link && *link ? **link : "";
        if (!target.empty() && target.parent_path() == shared) {
            const result<host::folder> stores = host::folder::open(shared);
            here = stores ? stores->enter(target.filename().string()) : stores.error();
        } else {
            here = here->enter(parts[i]);
        }
    }
    if (!here)
        return here.error();
    return here->open_file(parts.back());
}

result<std::string> read_end(const descriptor& file, const std::string& named)
{
    struct ::stat seen{};
    if (::fstat(file.get(), &seen) == 0 && static_cast<std::uint64_t>(seen.st_size) > log_tail_bytes)
        ::lseek(file.get(), -static_cast<off_t>(log_tail_bytes), SEEK_END);
    return host::read_file(file, 2 * log_tail_bytes, named); // it may grow while it is read
}

} // namespace

std::vector<std::string> last_lines(std::string_view text, std::size_t count)
{
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    std::vector<std::string> lines;
    while (!text.empty() && lines.size() < count) {
        const std::size_t end = text.rfind('\n');
        std::string_view line = end == std::string_view::npos ? text : text.substr(end + 1);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        lines.push_back(readable(line));
        text = end == std::string_view::npos ? std::string_view() : text.substr(0, end);
    }
    std::reverse(lines.begin(), lines.end());
    return lines;
}

log_lines read_log_tails(const cell_layout& layout, const std::string& release, const model::manifest& manifest)
{
    log_lines all;
    const result<host::folder> folder = host::folder::open(layout.release(release));
    if (!manifest.collect_logs || !folder)
        return all;
    for (const std::string& file : manifest.log_files) {
        const result<model::file_path> path = model::file_path::parse(file);
        if (!path || path->is_folder())
            continue;
        const result<descriptor> opened = open_log(*folder, layout.shared(), file);
        if (!opened) {
            all[file] = std::nullopt;
            continue;
        }
        const result<std::string> text = read_end(*opened, file);
        all[file] = text ? std::optional(last_lines(*text, manifest.max_log_lines)) : std::nullopt;
    }
    return all;
}

} // namespace fleetman::agent
