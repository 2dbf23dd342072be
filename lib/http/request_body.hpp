#pragma once

#include "request_head.hpp"

#include <fleetman/core/bytes.hpp>

#include <cstdint>
#include <string>

// A request's body, read from the connection only as fast as the handler asks for it.

namespace fleetman::http {

class request_body final : public byte_source
{
public:
    // `from` and `parser` must outlive it; `parser` has read the head.
    request_body(incoming& from, request_parser& parser, const parsed_head& head, const server_limits& limits);

    // Fails with unavailable when the sender is too slow or left, invalid on broken framing, and too_large past
    // the server's limit.
    task<result<std::string>> read(std::size_t max) override;

    bool finished() const { return finished_; }

    // Whether the rest is known to be small enough to be worth reading for keeping the connection.
    bool worth_draining(std::uint64_t bound) const;

    // Reads and drops the rest; false when it is larger than `bound`, or broken.
    task<bool> drain(std::uint64_t bound);

private:
    task<result<void>> say_continue();
    task<result<std::string>> read_counted(std::size_t max);
    task<result<std::string>> read_chunked(std::size_t max);
    task<result<void>> receive(std::size_t block);

    incoming& from_;
    request_parser& parser_;
    const server_limits& limits_;
    std::uint64_t remaining_ = 0; // of a counted body
    bool chunked_;
    bool finished_;
    bool continue_owed_;
    bool failed_ = false;
};

} // namespace fleetman::http
