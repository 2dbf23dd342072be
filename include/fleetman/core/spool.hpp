#pragma once

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/worker_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

// A body whose length nobody told, kept on disk until its end is known: S3 wants the length first. The file has no
// name, so nothing is left behind whatever ends the process.

namespace fleetman {

class spool final : public byte_sink, public byte_source
{
public:
    // In this folder; empty: $TMPDIR, else /var/tmp (not /tmp, which may be memory). Blocks briefly. Fails with failed,
    // or unavailable when there is no room.
    static result<std::unique_ptr<spool>> make(worker_pool& pool, std::filesystem::path folder = {});

    // Adds to the end. Fails with unavailable on a full disk.
    task<result<void>> write(std::string_view chunk) override;
    // From the beginning, once everything is written.
    task<result<std::string>> read(std::size_t max) override;

    std::uint64_t size() const { return written_; }

private:
    spool(worker_pool& pool, std::shared_ptr<const int> file) : pool_(pool), file_(std::move(file)) {}

    worker_pool& pool_;
    std::shared_ptr<const int> file_; // the deleter closes it
    std::uint64_t written_ = 0;
    std::uint64_t read_ = 0;
};

} // namespace fleetman
