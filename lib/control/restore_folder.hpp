#pragma once

#include <fleetman/storage/object_store.hpp>

#include <memory>
#include <string>
#include <vector>

// Copying a recycled folder back to its place: only where nothing is, and again after an attempt that was cut off.

namespace fleetman::control {

struct folder_return
{
    std::shared_ptr<storage::object_store> store;
    std::string from; // ends with "/", likewise `to`
    std::string to;
    std::vector<storage::object_info> objects; // all that is under `from`
    std::string last;                          // the path in it that makes the folder count: not copied here
};

// What is still to be copied. Fails with conflict when something is at `to` that is not a copy of what is at `from`,
// unless all of that is there: an attempt that was cut off. `last` counts as a copy whatever it is.
task<result<std::vector<storage::object_info>>> still_to_return(folder_return what);

task<result<void>> return_objects(folder_return what, std::vector<storage::object_info> missing);

} // namespace fleetman::control
