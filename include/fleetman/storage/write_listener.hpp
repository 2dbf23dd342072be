#pragma once

#include <fleetman/storage/object_store.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

// A store that tells what is changed through it, and counts what it is asked: how a view of a bucket hears of this
// program's own writes without every writer having to think of it.

namespace fleetman::storage {

class write_listener
{
public:
    virtual ~write_listener() = default;
    // `body` is null when only the store knows what the object is now, if it is there at all.
    virtual void written(const std::string& key, const std::string* body) = 0;
    virtual void removed(const std::string& key) = 0;
};

// How often each operation ended how: "ok" or the name of the error's code.
using request_counts = std::map<std::pair<std::string_view, std::string>, std::uint64_t>;

// Both must outlive the store. What failed may have happened all the same, and is told without a body.
std::shared_ptr<object_store> listened_to(
    std::shared_ptr<object_store> store, write_listener& listener, request_counts& counts);

} // namespace fleetman::storage
