#pragma once

#include <fleetman/storage/object_store.hpp>

#include <cstdint>
#include <memory>
#include <string>

// Copying an object wherever source and target are: a manifest and a cell may live in different buckets, of different
// providers.

namespace fleetman::bucket {

struct object_address
{
    std::shared_ptr<storage::object_store> store;
    std::string key;
};

// Within one store the server copies; between two the object (of `size` bytes, as listed) passes through here in
// constant memory and appears whole or not at all. Fails with not_found when there is no source.
task<result<void>> copy_object(object_address from, object_address to, std::uint64_t size);

} // namespace fleetman::bucket
