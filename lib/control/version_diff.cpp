#include <fleetman/control/version_diff.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/core/text_diff.hpp>

#include <map>
#include <memory>
#include <utility>

namespace fleetman::control {

using model::file_entry;
using model::file_type;

namespace {

constexpr std::size_t texts_at_a_time = 8;

using files_by_path = std::map<model::file_path, version_file>;

files_by_path by_path(const version_detail& of)
{
    files_by_path files;
    for (const version_file& file : of.files)
        if (file.present)
            files.emplace(file.entry.path, file);
    return files;
}

bool is_text(const compared_file& file)
{
    const auto typed = [](const std::optional<version_file>& one) {
        return !one || one->entry.type == file_type::text || one->entry.type == file_type::template_text;
    };
    return file.content && typed(file.from) && typed(file.to);
}

std::string mode_of(const file_entry& entry)
{
    return entry.mode ? *entry.mode : std::string(default_mode(entry.path, entry.type));
}

// Both versions' texts of one path are read from the manifest's bucket.
struct comparison
{
    manifest_place of;
    model::version from;
    model::version to;
    std::vector<compared_file> files;
    std::uint64_t shown = 0;
};

task<result<std::string>> read_text(
    std::shared_ptr<comparison> all, const std::optional<version_file>& file, model::version version)
{
    if (!file)
        co_return std::string();
    auto read = co_await all->of.at.store->get(
        all->of.at.keys.deployment_file(all->of.name, version, file->entry.path), diffed_text_max_bytes);
    if (!read)
        co_return read.error();
    co_return std::move(read->body);
}

std::string why_no_diff(const comparison& all, const compared_file& file)
{
    const auto large = [](const std::optional<version_file>& one) { return one && one->size > diffed_text_max_bytes; };
    if (large(file.from) || large(file.to))
        return "larger than 1 MiB";
    return all.shown > diff_total_max_bytes ? "enough is shown already" : "";
}

task<result<void>> diff_one(std::shared_ptr<comparison> all, worker_pool& pool, std::size_t index)
{
    compared_file& file = all->files[index];
    if (!is_text(file))
        co_return result<void>();
    file.no_diff = why_no_diff(*all, file);
    if (!file.no_diff.empty())
        co_return result<void>();
    const auto before = co_await read_text(all, file.from, all->from);
    if (!before)
        co_return before.error();
    const auto after = co_await read_text(all, file.to, all->to);
    if (!after)
        co_return after.error();
    if (!is_utf8(*before) || !is_utf8(*after)) {
        file.no_diff = "not UTF-8";
        co_return result<void>();
    }
    file.diff = co_await pool.run([&before, &after] { return unified_diff(*before, *after); });
    if (!file.diff)
        file.no_diff = "too much has changed";
    else
        all->shown += file.diff->size();
    co_return result<void>();
}

} // namespace

std::string_view to_string(file_change value)
{
    switch (value) {
    case file_change::added: return "added";
    case file_change::removed: return "removed";
    case file_change::changed: return "changed";
    }
    return "changed";
}

bool same_content(const version_file& a, const version_file& b)
{
    if (a.entry.type == file_type::folder && b.entry.type == file_type::folder)
        return true;
    if (a.size != b.size)
        return false;
    if (a.entry.sha256 && b.entry.sha256)
        return *a.entry.sha256 == *b.entry.sha256;
    return a.etag == b.etag;
}

bool same_rights(const file_entry& a, const file_entry& b)
{
    return a.type == b.type && a.owner == b.owner && a.group == b.group && mode_of(a) == mode_of(b);
}

std::vector<compared_file> compare_files(const version_detail& from, const version_detail& to)
{
    const files_by_path before = by_path(from);
    files_by_path after = by_path(to);
    std::map<model::file_path, compared_file> differing;
    for (const auto& [path, file] : before) {
        compared_file one{.path = path, .change = file_change::removed, .content = true, .rights = true, .from = file};
        const auto place = after.find(path);
        if (place != after.end()) {
            one.change = file_change::changed;
            one.content = !same_content(file, place->second);
            one.rights = !same_rights(file.entry, place->second.entry);
            one.to = std::move(place->second);
            after.erase(place);
        }
        if (one.content || one.rights)
            differing.emplace(path, std::move(one));
    }
    for (auto& [path, file] : after)
        differing.emplace(path,
            compared_file{.path = path, .change = file_change::added, .content = true, .rights = true, .to = file});
    std::vector<compared_file> in_order;
    in_order.reserve(differing.size());
    for (auto& [path, one] : differing)
        in_order.push_back(std::move(one));
    return in_order;
}

task<result<std::vector<compared_file>>> compare_versions(
    const versions& all, worker_pool& pool, manifest_place of, model::version from, model::version to)
{
    const auto before = co_await all.describe(of, from);
    if (!before)
        co_return before.error();
    const auto after = co_await all.describe(of, to);
    if (!after)
        co_return after.error();
    const auto compared = std::make_shared<comparison>(
        comparison{std::move(of), std::move(from), std::move(to), compare_files(*before, *after)});
    auto done = co_await for_each_concurrently(compared->files.size(), texts_at_a_time,
        [compared, &pool](std::size_t i) { return diff_one(compared, pool, i); });
    if (!done)
        co_return done.error();
    co_return std::move(compared->files);
}

} // namespace fleetman::control
