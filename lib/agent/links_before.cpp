#include "links_before.hpp"

#include <filesystem>
#include <vector>

namespace fleetman::agent {
namespace {

constexpr std::string_view ending = ".before.new";

std::string kept_name(std::string_view name)
{
    return '.' + std::string(name) + std::string(ending);
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

result<void> point_and_keep(const host::folder& in, std::string_view name, const std::string& target)
{
    const std::string kept = kept_name(name);
    if (const auto before = in.link_target(kept); before && *before == target)
        return in.rename_to(kept, in, name);
    if (result<void> gone = in.remove(kept); !gone)
        return gone;
    if (const auto now = in.link_target(name); now && *now)
        (void)in.link_to(name, in, kept); // without it the way back makes a new one
    return in.point(name, target);
}

result<void> forget_links_before(const cell_layout& layout)
{
    const std::string with_prefix = kept_name(layout.live_name(true));
    const std::string without = kept_name(layout.live_name(false));
    const auto of_live_path = [&](const std::string& name) { return name == with_prefix || name == without; };
    if (result<void> gone = remove_names(layout.services(), of_live_path); !gone)
        return gone;
    return remove_names(layout.store(), [](const std::string& name) { return name.ends_with(ending); });
}

} // namespace fleetman::agent
