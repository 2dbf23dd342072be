#include "restore_folder.hpp"

#include <fleetman/bucket/transfer.hpp>
#include <fleetman/core/task_group.hpp>

#include <map>
#include <utility>

namespace fleetman::control {

using storage::object_info;

namespace {

// ETags of objects that were uploaded in parts may change when they are copied.
bool is_copy(const object_info& of, const object_info& there)
{
    const bool in_parts = of.etag.find('-') != std::string::npos || there.etag.find('-') != std::string::npos;
    return of.size == there.size && (in_parts || of.etag == there.etag);
}

} // namespace

task<result<std::vector<object_info>>> still_to_return(folder_return what)
{
    auto there = co_await storage::list_all(*what.store, what.to);
    if (!there)
        co_return there.error();
    std::map<std::string, const object_info*> missing;
    for (const object_info& one : what.objects)
        missing.emplace(one.key.substr(what.from.size()), &one);
    std::string in_the_way;
    for (const object_info& found : *there) {
        const std::string path = found.key.substr(what.to.size());
        const auto place = missing.find(path);
        const bool ours = place != missing.end() && (path == what.last || is_copy(*place->second, found));
        // A folder's marker is what a new draft begins with, so it alone is no sign of an earlier attempt.
        if (!ours || path.empty())
            in_the_way = found.key;
        if (ours)
            missing.erase(place);
    }
    missing.erase(what.last);
    if (what.objects.size() > 1)
        missing.erase(""); // markers only where there is nothing else
    // With everything in its place, an earlier attempt was cut off while it emptied the bin: more may be there by now.
    if (!missing.empty() && !in_the_way.empty())
        co_return error(errc::conflict, what.to + " is not empty: " + in_the_way + " is in the way");
    std::vector<object_info> left;
    left.reserve(missing.size());
    for (const auto& [path, object] : missing)
        left.push_back(*object);
    co_return left;
}

task<result<void>> return_objects(folder_return what, std::vector<object_info> missing)
{
    constexpr std::size_t copies_at_a_time = 16;
    const auto all = std::make_shared<const std::vector<object_info>>(std::move(missing));
    co_return co_await for_each_concurrently(all->size(), copies_at_a_time,
        [store = what.store, all, from_size = what.from.size(), to = what.to](std::size_t i) {
            const object_info& one = (*all)[i];
            return bucket::copy_object({store, one.key}, {store, to + one.key.substr(from_size)}, one.size);
        });
}

} // namespace fleetman::control
