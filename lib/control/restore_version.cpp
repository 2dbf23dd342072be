#include "restore_folder.hpp"

#include <fleetman/bucket/transfer.hpp>
#include <fleetman/control/versions.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::control {

using storage::object_info;

task<result<void>> versions::restore(bucket::location at, model::manifest_name manifest, model::version version,
    std::string from, std::vector<object_info> objects)
{
    const std::string target = at.keys.deployment(manifest, version);
    const auto lease = guard_.seal(target); // nobody uploads to it before it is whole
    if (!lease)
        co_return lease.error();
    const std::string seal(bucket::manifest_file);
    const folder_return back{at.store, from, target, objects, seal};
    auto missing = co_await still_to_return(back);
    if (!missing)
        co_return missing.error();
    result<void> done = co_await return_objects(back, std::move(*missing));
    const auto sealed = std::ranges::find(objects, from + seal, &object_info::key);
    if (done && sealed != objects.end())
        done = co_await bucket::copy_object({at.store, sealed->key}, {at.store, target + seal}, sealed->size);
    if (!done)
        co_return done;
    std::vector<std::string> keys;
    keys.reserve(objects.size());
    for (const object_info& one : objects)
        keys.push_back(one.key);
    co_return co_await at.store->remove_all(std::move(keys));
}

} // namespace fleetman::control
