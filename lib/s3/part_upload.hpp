#pragma once

#include "session.hpp"

#include <cstdint>
#include <string>
#include <vector>

// One object that arrives in parts (Amazon S3 API reference, CreateMultipartUpload and what follows it). Nothing is
// seen of it before complete().

namespace fleetman::s3 {

class part_upload
{
public:
    static constexpr std::size_t most_parts = 10'000;

    part_upload(session& on, std::string key) : on_(on), key_(std::move(key)) {}

    // Comes before everything else.
    task<result<void>> begin();

    // Parts are counted from 0, and may be sent in any order, several at a time.
    task<result<void>> send(std::size_t part, std::string body);
    task<result<void>> send(std::size_t part, byte_source& body, std::uint64_t length); // not tried again
    task<result<void>> copy(
        std::size_t part, std::string source, std::string etag, std::uint64_t first, std::uint64_t length);

    // Returns the object's ETag. `size` is what all parts have together: what the store then has must be as long.
    task<result<std::string>> complete(std::uint64_t size);

    // Drops what was sent, and takes little time for it.
    task<void> abort();

private:
    operation part_request(std::size_t part, const std::string& doing) const;
    void keep(std::size_t part, std::string etag);
    result<void> keep_sent(
        const operation& what, std::size_t part, const wire_response& answer, const std::string& md5);
    task<result<std::string>> ask_for_etag(std::uint64_t size, bool only_of_parts);

    session& on_;
    std::string key_;
    std::string id_;
    std::vector<std::string> etags_;
};

// Begins the upload, and completes it once `moving` has sent all parts and says how long they are together; drops them
// when it fails, throws or is cancelled.
task<result<std::string>> carry_out(part_upload& upload, task<result<std::uint64_t>> moving);

} // namespace fleetman::s3
