#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

// A folder of a test's own, removed at its end.

namespace fleetman::testing {

class scratch_folder
{
public:
    scratch_folder() : scratch_folder(std::filesystem::temp_directory_path()) {}
    explicit scratch_folder(const std::filesystem::path& parent)
    {
        std::string name = (parent / "fleetman-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("cannot make " + name);
        path_ = name;
    }
    ~scratch_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace fleetman::testing
