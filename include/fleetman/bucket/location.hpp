#pragma once

#include <fleetman/bucket/keys.hpp>
#include <fleetman/storage/object_store.hpp>

#include <memory>

// Where Fleetman's tree is: a bucket that can be reached, and the prefix in it. Cheap to copy, so coroutines take it
// by value.

namespace fleetman::bucket {

struct location
{
    std::shared_ptr<storage::object_store> store;
    keyspace keys;
};

} // namespace fleetman::bucket
