#pragma once

#include <fleetman/core/worker_pool.hpp>
#include <fleetman/storage/object_store.hpp>

#include <filesystem>
#include <string>

// Objects as files and back, in constant memory: under its name a file has all of the object, checked, or what it had.

namespace fleetman::storage {

// Puts the file as it is. Fails as put() does, with not_found or denied for a file that cannot be read, and with
// invalid when its length changes meanwhile. Not for files that others replace with devices or pipes.
task<result<std::string>> put_file(object_store& to, std::string key, std::filesystem::path file, worker_pool& pool);

// Fetches into a file beside the one named, mode 0600, and renames it over once everything has arrived, was checked as
// get() does, and is on the disk. Fails as get() does, and with denied, unavailable (a full disk) or failed from the
// file system; the file is then as it was.
task<result<object_info>> get_file(object_store& from, std::string key, std::filesystem::path file, worker_pool& pool);

} // namespace fleetman::storage
