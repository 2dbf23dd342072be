#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/retention.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>

namespace fleetman::agent {
namespace {

constexpr std::size_t stamp_size = std::string_view("20260105-100000-123").size();

} // namespace

std::uint64_t bytes_of(const release_record& record)
{
    std::uint64_t bytes = 0;
    for (const fetched_file& file : record.fetched)
        bytes += file.size;
    if (!record.fetched.empty())
        return bytes;
    for (const model::file_entry& file : record.snapshot.content.files) // of an agent that did not note what it fetched
        bytes += file.size.value_or(0);
    return bytes;
}

stored_release stored(const release_record& record)
{
    return {record.name, bytes_of(record), record.verified, record.holds_files};
}

std::vector<std::string> releases_to_forget(const std::vector<stored_release>& oldest_first, const std::string& running,
    const std::string& left, release_limits limits)
{
    const bool another_left = left != running;
    const bool left_ran = another_left && std::any_of(oldest_first.begin(), oldest_first.end(),
                                              [&](const auto& each) { return each.name == left && each.verified; });
    std::size_t places = limits.count - std::min<std::size_t>(limits.count, another_left ? 1 : 0);
    std::uint64_t room = limits.bytes;
    bool to_go_back_to = left_ran;
    std::vector<std::string> gone;
    for (auto each = oldest_first.rbegin(); each != oldest_first.rend(); ++each) {
        if (each->holds_files || each->name == running || each->name == left)
            continue;
        const std::uint64_t counted = to_go_back_to ? each->bytes : 0;
        if (!each->verified || places == 0 || counted > room) {
            if (each->verified)
                places = 0; // whatever is older goes too, though it might fit
            gone.push_back(each->name);
            continue;
        }
        --places;
        room -= counted;
        to_go_back_to = true;
    }
    std::reverse(gone.begin(), gone.end());
    return gone;
}

std::optional<wall_time> backup_made_at(std::string_view name)
{
    if (!name.starts_with(service_prefix))
        return std::nullopt;
    name.remove_prefix(service_prefix.size());
    if (name.size() < stamp_size + 2 || name[name.size() - stamp_size - 1] != '-')
        return std::nullopt;
    const std::string_view stamp = name.substr(name.size() - stamp_size);
    name.remove_suffix(stamp_size + 1);
    const result<wall_time> made = parse_local_stamp(stamp);
    if (!model::cell_id::load(name) || !made)
        return std::nullopt;
    return *made;
}

} // namespace fleetman::agent
