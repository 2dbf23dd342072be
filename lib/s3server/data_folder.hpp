#pragma once

#include "body_store.hpp"
#include "object_index.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// The folder that holds everything: one process at a time, opened whole or not at all.

namespace fleetman::s3server {

class data_folder
{
public:
    // Makes the folder (mode 0700) when it is missing, locks it, opens the index, removes what no object refers to, and
    // creates the buckets that are missing. Blocks. Fails with conflict when another process has it.
    static result<std::unique_ptr<data_folder>> open(
        const std::filesystem::path& folder, const std::vector<std::string>& buckets);

    object_index& index() { return *index_; }
    body_store& bodies() { return bodies_; }
    // As they were when it was opened.
    const std::vector<access_key_row>& access_keys() const { return access_keys_; }

private:
    data_folder(
        file_descriptor lock, std::unique_ptr<object_index> index, body_store bodies, std::vector<access_key_row> keys)
        : lock_(std::move(lock)), index_(std::move(index)), bodies_(std::move(bodies)), access_keys_(std::move(keys))
    {}

    file_descriptor lock_; // held as long as it is open
    std::unique_ptr<object_index> index_;
    body_store bodies_;
    std::vector<access_key_row> access_keys_;
};

} // namespace fleetman::s3server
