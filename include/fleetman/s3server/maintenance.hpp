#pragma once

#include <fleetman/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// What an operator does with a store's data folder beside serving from it. All of it blocks.

namespace fleetman::s3server {

struct damaged_object
{
    std::string bucket;
    std::string key;
    std::string why;
};

struct verification
{
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    std::vector<damaged_object> damaged; // in the order of buckets and keys
};

// Called now and then with how far it has got.
using progress = std::function<void(const verification& so_far)>;

// Reads every body and holds it against its size and SHA-256 (one that was assembled from parts has none until the
// store has looked at it itself). Changes nothing, and may run while the folder is served: what is replaced meanwhile
// is no damage. Fails with not_found when there is no store, unsupported when it has another format, failed when it
// cannot be read.
result<verification> verify_store(const std::filesystem::path& data, const progress& tell);

// Makes `target` a copy of the folder as it was at one moment, verified, also while the folder is served. It gets its
// name when it is complete and on the disk. Fails with conflict when there is a `target`, or another backup into it is
// under way, and as verify_store() does.
result<verification> back_up_store(
    const std::filesystem::path& data, const std::filesystem::path& target, const progress& tell);

// Makes `data`, which must not exist yet, what the backup is, and verifies it. Fails likewise.
result<verification> restore_store(
    const std::filesystem::path& backup, const std::filesystem::path& data, const progress& tell);

} // namespace fleetman::s3server
