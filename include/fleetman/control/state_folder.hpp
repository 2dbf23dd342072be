#pragma once

#include <fleetman/core/result.hpp>

#include <filesystem>
#include <memory>

// The folder of what the controller remembers by itself: what is neither configuration nor in a bucket. It belongs to
// one running controller at a time, and nobody else may look into it.

namespace fleetman::control {

class state_folder
{
public:
    // Makes the folder when it is not there (not its parents), sets its mode to 0700, takes its lock, and removes what
    // replace_file() left when it was cut short. Fails with conflict while another controller has it, denied or failed
    // when it cannot be used. Blocks.
    static result<state_folder> open(const std::filesystem::path& at);

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    state_folder(std::filesystem::path path, std::shared_ptr<const int> lock)
        : path_(std::move(path)), lock_(std::move(lock))
    {}

    std::filesystem::path path_;
    std::shared_ptr<const int> lock_; // an open file; the kernel lets go of it when the process ends, however it ends
};

} // namespace fleetman::control
