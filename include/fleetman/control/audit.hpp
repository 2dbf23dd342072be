#pragma once

#include <fleetman/control/actor.hpp>
#include <fleetman/control/record_log.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/worker_pool.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Who changed what, when, from where, and with which result. Nothing is changed before its line is on the disk, so that
// a crash leaves at most a change whose result is unknown, never one that nobody knows of. Bodies and credentials are
// not in it.

namespace fleetman::control {

struct audit_entry
{
    std::string id; // opaque
    wall_time when{};
    actor who;
    std::string what; // "PUT /api/v1/manifests/billing"
    // Nothing until it has ended; and for good when the process ended before.
    std::optional<wall_time> ended;
    unsigned status = 0;   // of the answer
    std::string error;     // why it was refused or failed
    std::string operation; // the one that it began
};

class audit
{
public:
    static constexpr std::uint64_t file_bytes = std::uint64_t{8} << 20;
    static constexpr std::size_t files_kept = 7; // besides the one that is written; the oldest goes

    audit(boost::asio::any_io_executor executor, clock& time);
    ~audit(); // after stop()

    // From now on everything is kept in this file, and FILE.1 …; before, nothing is. Blocks. Fails with denied or
    // failed.
    result<void> keep_in(const std::filesystem::path& file, worker_pool& pool);

    // Before a change: returns when its line is on the disk, with its id. Fails with unavailable when it cannot be
    // written; then the change must not be made.
    task<result<std::string>> begin(actor who, std::string what);

    struct outcome
    {
        unsigned status{};
        std::string error{};
        std::string operation{};
    };
    void end(const std::string& id, const outcome& came_of_it);

    struct query
    {
        std::string who;   // exactly; empty: anybody
        std::string what;  // a part of it; empty: anything
        std::string after; // an id: only what is older
        std::size_t limit = 100;
    };
    struct page
    {
        std::vector<audit_entry> entries; // newest first
        bool more = false;
    };
    task<result<page>> find(query wanted);

    task<void> stop();

private:
    boost::asio::any_io_executor executor_;
    clock& time_;
    std::filesystem::path file_;
    worker_pool* pool_ = nullptr;
    std::unique_ptr<record_log> records_;
};

} // namespace fleetman::control
