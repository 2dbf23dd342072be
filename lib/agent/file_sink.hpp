#pragma once

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/worker_pool.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/os_error.hpp>

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>

// A download's way to the disk: counts, hashes and writes on a worker, and stops what is longer than it should be, or
// comes so slowly that it would hold its place for ever: each read of such a stream is answered in time.

namespace fleetman::agent {

// About 1 KiB/s, of the time that was spent waiting for the store.
inline constexpr milliseconds slow_after = std::chrono::minutes(1);
inline constexpr std::uint64_t slow_bytes = std::uint64_t{64} * 1024;

class file_sink final : public byte_sink
{
public:
    file_sink(descriptor file, std::uint64_t expected, std::string named, worker_pool& workers, clock& time)
        : file_(std::move(file)), expected_(expected), named_(std::move(named)), workers_(workers), time_(time),
          waiting_since_(time.steady_now())
    {}

    // Before what follows is asked for: what was waited for until now was not the store.
    void begin_piece() { waiting_since_ = time_.steady_now(); }

    task<result<void>> write(std::string_view chunk) override
    {
        if (chunk.size() > expected_ - written_) {
            whole_ = false;
            co_return error(errc::invalid, named_ + ": more than the " + std::to_string(expected_) + " bytes listed");
        }
        const bool slow = is_slow(chunk.size());
        // Bound first: a temporary would not outlive the suspension on every compiler.
        auto work = [this, chunk] {
            hash_.update(chunk);
            return host::write_all(file_, chunk, named_);
        };
        written_ += chunk.size();
        result<void> done = co_await workers_.run(std::move(work));
        whole_ = whole_ && done.has_value();
        waiting_since_ = time_.steady_now();
        if (done && slow && written_ < expected_) {
            too_slow_ = true;
            co_return error(errc::unavailable,
                named_ + ": the store sends less than " + std::to_string(slow_bytes / 1024) + " KiB a minute");
        }
        co_return done;
    }

    // Whether the last piece was given up for its slowness.
    bool too_slow() const noexcept { return too_slow_; }

    std::uint64_t written() const noexcept { return written_; }
    // Whether the file has exactly what came so far, so that more can follow.
    bool can_go_on() const noexcept { return whole_ && written_ != 0 && written_ < expected_; }
    std::string sha256() { return to_hex(hash_.finish()); }

    // Of what is in the file now. Blocks.
    result<std::string> md5_on_disk() const
    {
        hasher md5(hash::md5);
        std::string block(copy_block_bytes, '\0');
        for (std::uint64_t at = 0;;) {
            const ssize_t count = ::pread(file_.get(), block.data(), block.size(), static_cast<off_t>(at));
            if (count < 0)
                return host::os_error("read " + named_, errno);
            if (count == 0)
                return to_hex(md5.finish());
            md5.update(std::string_view(block.data(), static_cast<std::size_t>(count)));
            at += static_cast<std::uint64_t>(count);
        }
    }

private:
    // Of each minute of waiting.
    bool is_slow(std::size_t bytes)
    {
        too_slow_ = false;
        waited_ += time_.steady_now() - waiting_since_;
        arrived_ += bytes;
        if (waited_ < slow_after)
            return false;
        const bool slow = arrived_ < slow_bytes;
        waited_ = {};
        arrived_ = 0;
        return slow;
    }

    descriptor file_;
    std::uint64_t expected_;
    std::uint64_t written_ = 0;
    bool whole_ = true;
    std::string named_;
    hasher hash_{hash::sha256};
    worker_pool& workers_;
    clock& time_;
    std::chrono::steady_clock::time_point waiting_since_;
    std::chrono::steady_clock::duration waited_{};
    std::uint64_t arrived_ = 0; // meanwhile
    bool too_slow_ = false;
};

} // namespace fleetman::agent
