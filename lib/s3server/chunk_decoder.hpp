#pragma once

#include "authenticate.hpp"

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/digest.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The aws-chunked coding, in which SDKs send bodies that they sign, or check, while they send them ("Signature
// Calculations … Transferring Payload in Multiple Chunks", and "… Including Trailing Headers").

namespace fleetman::s3server {

// Takes the coded bytes in pieces of any size. Pure: no I/O.
class chunk_decoder
{
public:
    // Verifies each chunk when the claim has a signing; expects fields after the last chunk when it has a trailer.
    chunk_decoder(body_claim claim, std::uint64_t decoded_length);

    // Appends what `coded` holds of the body to `body`. Fails with signature_does_not_match, incomplete_body when the
    // length is not the one announced, and invalid_request on broken framing. A chunk's bytes are appended before its
    // signature is checked: they must not be used before finished().
    result<void> feed(std::string_view coded, std::string& body);

    bool finished() const { return at_ == part::end; }

    // Lower-case names, such as x-amz-checksum-crc32c.
    const std::vector<std::pair<std::string, std::string>>& trailer() const { return trailer_; }

private:
    enum class part
    {
        chunk_header,
        data,
        data_end,
        trailer,
        end
    };

    result<void> take_line(std::string_view line);
    result<void> begin_chunk(std::string_view line);
    result<void> end_chunk();
    result<void> end_trailer();
    result<void> check_signature(std::string_view kind, std::string_view covered, std::string_view claimed);

    body_claim claim_;
    std::uint64_t left_; // of the body
    part at_ = part::chunk_header;
    std::string line_; // of a header or trailer, as far as it has come
    std::uint64_t chunk_left_ = 0;
    bool last_chunk_ = false;
    std::string chunk_signature_;
    std::string previous_signature_;
    hasher chunk_hash_{hash::sha256};
    std::vector<std::pair<std::string, std::string>> trailer_;
    std::string trailer_signature_;
};

// The decoded body as a source: reads the coded one from `from`, which must outlive it.
class decoded_body final : public byte_source
{
public:
    decoded_body(byte_source& from, body_claim claim, std::uint64_t decoded_length)
        : from_(from), decoder_(std::move(claim), decoded_length)
    {}

    task<result<std::string>> read(std::size_t max) override;

    const chunk_decoder& decoder() const { return decoder_; }

private:
    byte_source& from_;
    chunk_decoder decoder_;
};

} // namespace fleetman::s3server
