#pragma once

#include "s3_request.hpp"

// Takes in an upload: hashed while it passes, kept in memory when small and in a file when not, and held to every
// checksum that came with it.

namespace fleetman::s3server {

// Up to here a body lives in the index, where a put costs no file of its own.
inline constexpr std::uint64_t small_body_bytes = 65'536;

// The largest single upload (S3 API reference, PutObject).
inline constexpr std::uint64_t largest_upload_bytes = std::uint64_t{5} << 30;

struct received_body
{
    std::uint64_t size{};
    std::string md5;    // raw
    std::string sha256; // hex
    stored_body body;
};

enum class placement
{
    by_size,
    always_file
};

// Fails with missing_content_length, entity_too_large, incomplete_body, invalid_digest, bad_digest, or
// content_sha256_mismatch; a file that was begun is gone then.
task<result<received_body>> receive_body(s3_request& asked, store_parts& store, placement where);

// A body that is a document for us, such as a list of keys: in memory, and held to its checksums too.
task<result<std::string>> receive_document(s3_request& asked, std::uint64_t most);

} // namespace fleetman::s3server
