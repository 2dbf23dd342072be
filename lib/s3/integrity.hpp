#pragma once

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/s3/transport.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// Whether what arrived is what was sent: ETags are MD5s for most objects, so a body can be checked as it passes.

namespace fleetman::s3 {

// The raw MD5 of a body: Content-MD5 is one spelling of it, an ETag the other.
std::string md5_of(std::string_view body);

// An ETag of 32 hex digits is the body's MD5, unless the object is encrypted with a key of the store's or the caller's.
// One that was uploaded in parts has "-n" after its digits (Amazon S3 API reference, "Object", ETag).
bool tells_md5(const wire_response& answer);

// Passes a body on, and knows afterwards how much of it there was and its MD5.
class hashing_sink final : public byte_sink
{
public:
    explicit hashing_sink(byte_sink& to) : to_(to) {}

    task<result<void>> write(std::string_view chunk) override;

    const std::uint64_t& seen() const { return seen_; }
    bool failed() const { return failed_; } // the sink did, and may have taken some of it
    std::string md5() { return to_hex(md5_.finish()); }

private:
    byte_sink& to_;
    hasher md5_{hash::md5};
    std::uint64_t seen_ = 0;
    bool failed_ = false;
};

// The same without the hash, for parts, whose MD5 nobody tells.
class counting_sink final : public byte_sink
{
public:
    explicit counting_sink(byte_sink& to) : to_(to) {}

    task<result<void>> write(std::string_view chunk) override
    {
        seen_ += chunk.size();
        co_return co_await to_.write(chunk);
    }

    const std::uint64_t& seen() const { return seen_; }

private:
    byte_sink& to_;
    std::uint64_t seen_ = 0;
};

class hashing_source final : public byte_source
{
public:
    explicit hashing_source(byte_source& from) : from_(from) {}

    task<result<std::string>> read(std::size_t max) override;

    std::string md5() { return to_hex(md5_.finish()); }

private:
    byte_source& from_;
    hasher md5_{hash::md5};
};

} // namespace fleetman::s3
