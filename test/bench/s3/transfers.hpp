#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/s3/s3_store.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

// What a client does with a folder and a bucket, as rclone and its like do it.

namespace fleetman::bench {

using client = std::shared_ptr<s3::s3_store>;

// Puts `count` objects of that many bytes, each its own, below the prefix.
task<result<void>> fill(client to, std::string prefix, std::size_t count, std::size_t bytes, std::size_t at_a_time);

// Every file of the folder, not of those in it.
task<result<void>> upload(client to, std::filesystem::path folder, std::string prefix, std::size_t at_a_time);

// Lists what is below the prefix, and fetches each into the folder.
task<result<void>> download(client from, std::string prefix, std::filesystem::path folder, std::size_t at_a_time);

// One object, held against its ETag.
task<result<void>> download_one(client from, std::string key, std::filesystem::path file);

} // namespace fleetman::bench
