#pragma once

#include "operation.hpp"
#include "request_signer.hpp"
#include "retry.hpp"

#include <fleetman/core/semaphore.hpp>
#include <fleetman/s3/connection.hpp>
#include <fleetman/s3/transport.hpp>

#include <memory>
#include <string>

// What all operations on one connection share: how a request is signed, sent, judged, and tried again where that helps,
// and what was learned about the store on the way.

namespace fleetman::s3 {

inline constexpr std::uint64_t answer_max_bytes = std::uint64_t{16} << 20; // of XML; 1000 keys of 1024 bytes fit often

class session
{
public:
    session(connection to, std::shared_ptr<transport> wire, clock& time);
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    // Until the store says yes, says no, or attempts or time run out. `what` is the caller's, which learns from it
    // whether a write may have been done twice.
    task<result<wire_response>> exchange(operation& what, destination to);

    // Waits as before another attempt.
    task<void> pause_before(unsigned attempt);

    // A GET of this key that needs no header to be allowed, for `lifetime` from now.
    task<result<std::string>> presign(std::string method, std::string key, std::chrono::seconds lifetime);

    const connection& settings() const { return to_; }
    semaphore& part_buffers() { return part_buffers_; }
    semaphore& probing() { return probing_; } // one at a time finds out what the store enforces

    // Ceph RGW compares If-Match of a put with the bare ETag; once that has shown, it is asked so at once.
    bool bare_etags = false;

private:
    // What is set right at most once for an operation, and then stays so for all that follow.
    struct corrections
    {
        bool region = false;
        bool clock = false;
        bool credentials = false;
    };

    // What one attempt is signed with. What its answer teaches is compared with this, and not with what is kept by now:
    // others are under way that may have learned the same.
    struct signing
    {
        credentials account;
        std::string region;
        milliseconds clock_offset{0};
    };

    milliseconds deadline_of(const operation& what) const;
    task<result<wire_response>> attempt_all(operation& what, destination to);
    task<result<signing>> next_signing();
    // True when the store has said how the request should have been signed.
    bool correct(const wire_response& answer, const error& reason, const operation& what, const signing& used,
        corrections& made);
    bool correct_region(const wire_response& answer, const signing& used);
    bool correct_clock(const wire_response& answer, const signing& used);

    connection to_;
    std::shared_ptr<transport> wire_;
    clock& time_;
    std::shared_ptr<credential_source> account_;
    request_signer signer_;
    retry_budget budget_;
    semaphore part_buffers_;
    semaphore probing_{1};
    milliseconds clock_offset_{0}; // the store's clock less ours
};

} // namespace fleetman::s3
