#pragma once

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/worker_pool.hpp>
#include <fleetman/host/descriptor.hpp>
#include <fleetman/host/files.hpp>

#include <cstdint>
#include <string>

// A download's way to the disk: counts, hashes and writes on a worker, and stops what is longer than it should be.

namespace fleetman::agent {

class file_sink final : public byte_sink
{
public:
    file_sink(host::descriptor file, std::uint64_t expected, std::string named, worker_pool& workers)
        : file_(std::move(file)), expected_(expected), named_(std::move(named)), workers_(workers)
    {}

    task<result<void>> write(std::string_view chunk) override
    {
        written_ += chunk.size();
        if (written_ > expected_)
            co_return error(errc::invalid, named_ + ": more than the " + std::to_string(expected_) + " bytes listed");
        // Bound first: a temporary would not outlive the suspension on every compiler.
        auto work = [this, chunk] {
            hash_.update(chunk);
            return host::write_all(file_, chunk, named_);
        };
        co_return co_await workers_.run(std::move(work));
    }

    std::uint64_t written() const noexcept { return written_; }
    std::string sha256() { return to_hex(hash_.finish()); }

private:
    host::descriptor file_;
    std::uint64_t expected_;
    std::uint64_t written_ = 0;
    std::string named_;
    hasher hash_{hash::sha256};
    worker_pool& workers_;
};

} // namespace fleetman::agent
