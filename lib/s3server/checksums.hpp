#pragma once

#include "s3_request.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// The checksums that a client may send with a body, before it or after it: Content-MD5 and x-amz-checksum-… (S3 API
// reference, "Checking object integrity").

namespace fleetman::s3server {

// All that one upload claims, computed as the body passes.
class claimed_checksums
{
public:
    // Fails with invalid_digest on a claim that cannot be one, and not_implemented on an algorithm that we do not know.
    static result<claimed_checksums> of(const s3_request& asked);

    void update(std::string_view bytes);

    // `sha256` and `md5` are raw and of the whole body. Call when the body has ended. Fails with bad_digest.
    result<void> verify(const s3_request& asked, std::string_view md5, std::string_view sha256);

private:
    class computation;
    struct claim
    {
        std::string header;                    // "x-amz-checksum-crc32"
        std::string expected;                  // base64; empty: it comes in the trailer
        std::shared_ptr<computation> computed; // null: sha256, which is computed anyway
    };

    result<void> add(std::string header, std::string expected);

    std::string content_md5_; // base64
    std::vector<claim> claims_;
};

} // namespace fleetman::s3server
