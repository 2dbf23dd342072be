#pragma once

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/storage/object_store.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

// The same of the object as it was listed: fails with conflict when it has another ETag by now, but for a copy within a
// store that ignores the condition. Returns the copy's ETag, which is the source's unless one of them was uploaded in
// parts or is encrypted.
task<result<std::string>> copy_listed(object_address from, object_address to, storage::object_info listed);

// Copies every object of `objects` (all under `from`) to `to`, then deletes `first` if it is among them, then
// calls `between`, then deletes the rest: a folder moves, and what makes it count goes away before what it needs. Of
// one store; a repeat after a failure moves what is left.
task<result<void>> move_folder(std::shared_ptr<storage::object_store> in, std::string from, std::string to,
    std::vector<storage::object_info> objects, std::string first,
    std::function<task<result<void>>()> between = nullptr);

// What to read of an object: `length` bytes (1 or more) from byte `first` on, while it has this ETag.
struct object_part
{
    std::string etag;
    std::uint64_t first{};
    std::uint64_t length{};
};

// An object, or a part of it, as a body to send: read in `group` while it is pulled, in constant memory. Ends early, in
// an error, when reading does; letting go of it ends the reading.
std::shared_ptr<byte_source> read_stream(task_group& group, const boost::asio::any_io_executor& executor,
    object_address from, std::optional<object_part> part = std::nullopt);

} // namespace fleetman::bucket
