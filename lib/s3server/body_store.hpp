#pragma once

#include "rows.hpp"

#include <fleetman/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

// Bodies too large for the index, one file each, under names that mean nothing. A file is written beside its place,
// synced, renamed into it, and its folder synced, before the index says that it exists; what a crash leaves is
// therefore a file that nothing refers to. All functions block; any thread may call them.

namespace fleetman::s3server {

// An open file, closed with its last user.
using file_descriptor = std::shared_ptr<const int>;

// A body on its way in. Without finish() it leaves nothing.
class body_file
{
public:
    body_file(std::filesystem::path temporary, file_descriptor open)
        : temporary_(std::move(temporary)), open_(std::move(open))
    {}
    ~body_file();
    body_file(body_file&& other) noexcept;
    body_file(const body_file&) = delete;
    body_file& operator=(const body_file&) = delete;
    body_file& operator=(body_file&&) = delete;

    // Fails with unavailable when the disk is full, failed otherwise.
    result<void> append(std::string_view bytes);
    // Adds all of another file, inside the kernel where it can.
    result<void> append_file(int descriptor, std::uint64_t length);

private:
    friend class body_store;
    std::filesystem::path temporary_; // empty once it has its place
    file_descriptor open_;
};

class body_store
{
public:
    // Makes blobs/ and tmp/ below `folder` and empties tmp/. Fails with failed.
    static result<body_store> open(const std::filesystem::path& folder);
    // For reading what is there, while others may serve it.
    static body_store look_at(const std::filesystem::path& folder) { return body_store(folder); }

    result<body_file> create() const;
    // Makes the file durable and returns its name.
    result<std::string> finish(body_file file) const;

    // Keeps a copy of an open file under this name, for a folder of bodies that is made anew. Not durable before its
    // folder is (sync()).
    result<void> take_in(int descriptor, const std::string& name) const;
    // Makes the folders durable.
    result<void> sync() const;

    // Fails with not_found.
    result<file_descriptor> read(const std::string& name) const;
    // The same bytes once more, to be removed on their own: a second name where the file system has links, and room for
    // one more, else a copy. Fails with not_found.
    result<std::string> duplicate(const std::string& name) const;

    void remove(const freed_files& names) const;

    std::filesystem::path place_of(const std::string& name) const;

    // Removes every file that is not in `referenced`; returns how many.
    result<std::size_t> sweep(const std::set<std::string>& referenced) const;

private:
    explicit body_store(std::filesystem::path folder) : folder_(std::move(folder)) {}

    result<std::string> copy(const std::string& name) const;

    std::filesystem::path folder_;
};

} // namespace fleetman::s3server
