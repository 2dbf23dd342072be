#include "../../lib/s3server/chunk_decoder.hpp"
#include "fuzz.hpp"

// Bodies in the aws-chunked coding: the outcome does not depend on how the bytes were cut, and never exceeds the length
// that was announced.

using namespace fleetman;

namespace {

struct outcome
{
    bool accepted;
    bool finished;
    std::string body;
};

outcome decode(std::string_view coded, std::uint64_t length, bool trailer, std::size_t piece)
{
    s3server::body_claim claim{};
    claim.trailer = trailer;
    s3server::chunk_decoder decoder(claim, length);
    std::string body;
    for (std::size_t at = 0; at < coded.size(); at += piece) {
        if (!decoder.feed(coded.substr(at, piece), body))
            return {false, false, {}};
        fuzz::must(body.size() <= length);
    }
    return {true, decoder.finished(), body};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::string_view coded = fuzz::text(data + 2, size - 2);
    const std::uint64_t length = data[0];
    const bool trailer = (data[1] & 1U) != 0;
    const outcome whole = decode(coded, length, trailer, size);
    const outcome pieces = decode(coded, length, trailer, 1U + data[1] / 16U);
    fuzz::must(whole.accepted == pieces.accepted && whole.finished == pieces.finished && whole.body == pieces.body);
    return 0;
}
