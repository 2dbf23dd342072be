#pragma once

#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/result.hpp>

#include <filesystem>

// Keeps two programs from working on the same folder. The kernel lets go of the lock when the program ends, however it
// ends, so there is nothing stale to clear up.

namespace fleetman::host {

class lock_file
{
public:
    // Makes the file and its folders when they are not there. Fails with conflict while another program holds it.
    static result<lock_file> take(const std::filesystem::path& path);
    // Whether a program holds it now. Nothing is made; a file that is not there or cannot be read is held by nobody.
    static bool is_held(const std::filesystem::path& path);

private:
    explicit lock_file(descriptor held) : held_(std::move(held)) {}
    descriptor held_;
};

} // namespace fleetman::host
