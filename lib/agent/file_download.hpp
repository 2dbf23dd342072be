#pragma once

#include "file_sink.hpp"

#include <fleetman/agent/contents.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/worker_pool.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/storage/object_store.hpp>

#include <optional>
#include <string>

// One file's way from the store to the disk. A stream that was cut goes on at the byte that it reached, as long as the
// object has the ETag that was listed.

namespace fleetman::agent {

// An empty file at `path` beneath `into`, in place of whatever was there; folders on the way are made. Blocks.
result<descriptor> fresh_file(const host::folder& into, const model::file_path& path);

class file_download
{
public:
    // All but the clock and the pool must stay as they are while it runs.
    file_download(storage::object_store& from, const content_file& file, const host::folder& into, worker_pool& workers,
        clock& time)
        : from_(from), file_(file), into_(into), workers_(workers), time_(time)
    {}

    // The SHA-256 of the file, which is as it was listed. Fails with unavailable when trying later may help, invalid
    // when it is not what the manifest says.
    task<result<std::string>> run();

private:
    task<result<std::string>> attempt();
    task<result<void>> begin();
    task<result<void>> go_on();
    task<result<std::string>> checked();
    task<result<void>> check_pieces();
    result<void> check_etag(const storage::object_info& got) const;

    storage::object_store& from_;
    const content_file& file_;
    const host::folder& into_;
    worker_pool& workers_;
    clock& time_;
    std::optional<file_sink> sink_;
    bool in_pieces_ = false; // what is there came in more than one answer
};

} // namespace fleetman::agent
