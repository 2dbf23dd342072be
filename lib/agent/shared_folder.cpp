#include "shared_folder.hpp"

#include <fleetman/core/text.hpp>

#include <algorithm>
#include <vector>

namespace fleetman::agent {
namespace {

constexpr unsigned most_stores_of_a_name = 10'000;
constexpr std::size_t longest_base = 200;

std::string base_of(std::string path)
{
    std::replace(path.begin(), path.end(), '/', '_');
    path.resize(std::min(path.size(), longest_base));
    return path;
}

} // namespace

result<std::string> fresh_store(const host::folder& shared, const std::string& path)
{
    const std::string base = base_of(path);
    for (unsigned n = 1; n < most_stores_of_a_name; ++n) {
        std::string name = n == 1 ? base : base + '~' + std::to_string(n);
        const auto taken = shared.look(name);
        if (!taken)
            return taken.error();
        if (!*taken)
            return name;
    }
    return error(errc::failed, shared.path().string() + ": too many folders named " + base);
}

result<std::optional<std::string>> store_behind(
    const host::folder& shared, const host::folder& here, const std::string& name)
{
    result<std::optional<std::string>> target = here.link_target(name);
    if (!target || !*target)
        return target;
    const std::string prefix = shared.path().string() + '/';
    if (!(*target)->starts_with(prefix) || !host::is_file_name((*target)->substr(prefix.size())))
        return std::optional<std::string>();
    return std::optional((*target)->substr(prefix.size()));
}

result<host::folder> enter_part(
    const host::folder& shared, const host::folder& here, const std::string& name, std::optional<mode_t> make_with)
{
    const result<std::optional<std::string>> store = store_behind(shared, here, name);
    if (!store)
        return store.error();
    if (*store)
        return shared.enter(**store);
    return make_with ? here.make(name, *make_with) : here.enter(name);
}

result<host::folder> enter_path(
    const host::folder& shared, const host::folder& release, std::string_view path, std::optional<mode_t> make_with)
{
    result<host::folder> here = host::folder::open(release.path());
    if (!here || path.empty())
        return here;
    for (const std::string& part : split(path, '/')) {
        result<host::folder> next = enter_part(shared, *here, part, make_with);
        if (!next)
            return next;
        here = std::move(next);
    }
    return here;
}

namespace {

bool is_no_folder(const error& why)
{
    return why.code() == errc::not_found || why.code() == errc::invalid;
}

// Whether a link at a path of this base, in `here` or further below, leads to the store; true also when that cannot be
// told.
bool is_led_to(const host::folder& shared, const host::folder& here, std::string_view base, // NOLINT(misc-no-recursion)
    const std::string& store)
{
    const result<std::vector<std::string>> names = here.names();
    if (!names)
        return true;
    for (const std::string& name : *names) {
        if (!base.starts_with(name))
            continue;
        const std::string_view rest = base.substr(name.size());
        if (rest.empty()) {
            const auto leads = store_behind(shared, here, name);
            if (!leads || *leads == store)
                return true;
        } else if (rest.front() == '_') {
            const result<host::folder> below = enter_part(shared, here, name, std::nullopt);
            if (below ? is_led_to(shared, *below, rest.substr(1), store) : !is_no_folder(below.error()))
                return true;
        }
    }
    return false;
}

// "logs~2" is the second store of the path "logs", or the first one of a path of that name.
std::vector<std::string_view> bases_of(std::string_view store)
{
    std::vector<std::string_view> bases{store};
    const std::size_t tilde = store.rfind('~');
    if (tilde != std::string_view::npos && parse_integer<unsigned>(store.substr(tilde + 1)))
        bases.push_back(store.substr(0, tilde));
    return bases;
}

// A link of any name: an operator's, or one that an earlier agent named otherwise.
bool has_link_to(const host::folder& shared, const host::folder& release, const std::string& store)
{
    const result<std::vector<std::string>> names = release.names();
    return !names || std::ranges::any_of(*names, [&](const std::string& name) {
        const auto leads = store_behind(shared, release, name);
        return !leads || *leads == store;
    });
}

bool is_used(const host::folder& shared, const host::folder& releases, const std::string& store)
{
    const result<std::vector<std::string>> names = releases.names();
    if (!names)
        return true;
    for (const std::string_view base : bases_of(store)) {
        if (base.size() >= longest_base)
            return true; // its path was longer, and cannot be told from the name
        for (const std::string& name : *names) {
            const result<host::folder> release = releases.enter(name);
            if (release ? has_link_to(shared, *release, store) || is_led_to(shared, *release, base, store)
                        : !is_no_folder(release.error()))
                return true;
        }
    }
    return false;
}

bool is_empty_folder(const host::folder& shared, const std::string& store)
{
    const result<host::folder> inside = shared.enter(store);
    if (!inside)
        return false;
    const auto names = inside->names();
    return names && names->empty();
}

bool leads_to_itself(const host::folder& shared, const std::string& name)
{
    const auto target = shared.link_target(name);
    return target && *target && **target == (shared.path() / name).string();
}

} // namespace

void remove_unused_stores(const cell_layout& layout)
{
    const result<host::folder> shared = host::folder::open(layout.shared());
    const result<host::folder> releases = host::folder::open(layout.releases());
    if (!shared || !releases)
        return;
    const result<std::vector<std::string>> stores = shared->names();
    if (!stores)
        return;
    for (const std::string& store : *stores)
        if (leads_to_itself(*shared, store))
            (void)shared->remove(store);
        else if (is_empty_folder(*shared, store) && !is_used(*shared, *releases, store))
            (void)shared->remove_if_empty(store);
}

} // namespace fleetman::agent
