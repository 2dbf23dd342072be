#include "links_before.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <vector>

namespace fleetman::agent {
namespace {

constexpr std::string_view ending = ".before.new";

std::string kept_name(std::string_view name)
{
    return '.' + std::string(name) + std::string(ending);
}

result<void> forget(const std::filesystem::path& path, const std::vector<std::string>& names)
{
    const result<host::folder> in = host::folder::open(path);
    if (!in)
        return in.error().code() == errc::not_found ? result<void>() : in.error();
    for (const std::string& name : names)
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
    if (result<void> gone =
            forget(layout.services(), {kept_name(layout.live_name(true)), kept_name(layout.live_name(false))});
        !gone)
        return gone;
    const result<host::folder> store = host::folder::open(layout.store());
    const auto names = store ? store->names() : store.error();
    if (!names)
        return names.error().code() == errc::not_found ? result<void>() : names.error();
    std::vector<std::string> kept;
    std::copy_if(names->begin(), names->end(), std::back_inserter(kept),
        [](const std::string& name) { return name.ends_with(ending); });
    return forget(layout.store(), kept);
}

} // namespace fleetman::agent
