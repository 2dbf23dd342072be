#include "switch_links.hpp"

#include <filesystem>
#include <vector>

namespace fleetman::agent {
namespace {

constexpr std::string_view next_ending = ".next.new";
constexpr std::string_view before_ending = ".before.new";

std::string beside(std::string_view name, std::string_view ending)
{
    return '.' + std::string(name) + std::string(ending);
}

bool leads_to(const host::folder& in, std::string_view name, const std::string& target)
{
    const auto now = in.link_target(name);
    return now && *now == target;
}

bool is_beside(std::string_view name)
{
    return name.ends_with(next_ending) || name.ends_with(before_ending);
}

template <typename Wanted>
result<void> remove_names(const std::filesystem::path& path, const Wanted& wanted)
{
    const result<host::folder> in = host::folder::open(path);
    const auto names = in ? in->names() : in.error();
    if (!names)
        return names.error().code() == errc::not_found ? result<void>() : names.error();
    for (const std::string& name : *names)
        if (wanted(name))
            if (result<void> gone = in->remove(name); !gone)
                return gone;
    return result<void>();
}

} // namespace

result<void> prepare_link(const host::folder& in, std::string_view name, const std::string& target)
{
    for (const std::string& there : {std::string(name), beside(name, before_ending), beside(name, next_ending)})
        if (leads_to(in, there, target))
            return result<void>();
    return in.point(beside(name, next_ending), target);
}

result<void> point_link(const host::folder& in, std::string_view name, const std::string& target)
{
    const std::string before = beside(name, before_ending);
    const std::string next = beside(name, next_ending);
    if (leads_to(in, before, target))
        return in.rename_to(before, in, name);
    if (result<void> gone = in.remove(before); !gone)
        return gone;
    if (const auto now = in.link_target(name); now && *now)
        (void)in.link_to(name, in, before); // without it the way back makes a new one
    return leads_to(in, next, target) ? in.rename_to(next, in, name) : in.point(name, target);
}

result<void> forget_links(const cell_layout& layout)
{
    const std::string with_prefix = layout.live_name(true);
    const std::string without = layout.live_name(false);
    const auto of_live_path = [&](const std::string& name) {
        for (const std::string_view ending : {next_ending, before_ending})
            if (name == beside(with_prefix, ending) || name == beside(without, ending))
                return true;
        return false;
    };
    if (result<void> gone = remove_names(layout.services(), of_live_path); !gone)
        return gone;
    return remove_names(layout.store(), is_beside);
}

} // namespace fleetman::agent
