#pragma once

#include <fleetman/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Bodies too large to hold: a source is pulled from, a sink is pushed to, in pieces of bounded size, so that
// a file of any length passes from a socket to a bucket or a disk in constant memory.

namespace fleetman {

// How much is moved at once: large enough that system calls do not show, small enough for hundreds at a time.
inline constexpr std::size_t copy_block_bytes = 262'144;

class byte_source
{
public:
    virtual ~byte_source() = default;

    // Returns 1..max bytes, or an empty string at the end. Not called again after an error.
    virtual task<result<std::string>> read(std::size_t max) = 0;
};

class byte_sink
{
public:
    virtual ~byte_sink() = default;

    // Takes all of `chunk`; the view is valid until the returned task has completed.
    virtual task<result<void>> write(std::string_view chunk) = 0;
};

// A body that is already in memory.
class string_source final : public byte_source
{
public:
    explicit string_source(std::string body) : body_(std::move(body)) {}
    task<result<std::string>> read(std::size_t max) override;

private:
    std::string body_;
    std::size_t offset_ = 0;
};

// Collects into memory; fails with too_large past `cap` bytes.
class string_sink final : public byte_sink
{
public:
    explicit string_sink(std::uint64_t cap) : cap_(cap) {}
    task<result<void>> write(std::string_view chunk) override;
    std::string take() { return std::move(body_); }

private:
    std::uint64_t cap_;
    std::string body_;
};

// Reads `from` to its end into `to`; returns how many bytes passed.
task<result<std::uint64_t>> copy_bytes(byte_source& from, byte_sink& to);

} // namespace fleetman
