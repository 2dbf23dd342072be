#include "../../../lib/s3server/chunk_decoder.hpp"
#include "../../../lib/s3server/faults.hpp"

#include <fleetman/sigv4/signature.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::s3server;

namespace {

// The upload of Amazon's published example: 65 KiB of 'a' in chunks of 64 KiB ("Signature Calculations for the
// Authorization Header: Transferring Payload in Multiple Chunks").
struct published_example
{
    std::string body = std::string(66'560, 'a');
    body_claim claim{{}, true, false,
        chunk_signing{
            sigv4::derive_key(secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), {"20130524", "us-east-1", "s3"}),
            "20130524T000000Z", "20130524/us-east-1/s3/aws4_request",
            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"}};
    std::string coded =
        "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
        body.substr(0, 65'536) +
        "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
        body.substr(65'536) +
        "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
};

// What comes out when `coded` goes in `step` bytes at a time.
result<std::string> decode(
    const body_claim& claim, std::string_view coded, std::uint64_t length, std::size_t step = 1 << 20)
{
    chunk_decoder decoder(claim, length);
    std::string body;
    for (std::size_t at = 0; at < coded.size(); at += step)
        if (result<void> fed = decoder.feed(coded.substr(at, step), body); !fed)
            return fed.error();
    if (!decoder.finished())
        return make_error(fault::incomplete_body);
    return body;
}

std::string code_for(const result<std::string>& outcome)
{
    return outcome ? "decoded" : std::string(code_of(fault_of(outcome.error())));
}

const body_claim unsigned_trailer{{}, true, true, std::nullopt};

} // namespace

TEST_CASE("Amazon's published chunked upload is decoded and verified", "[s3server]")
{
    const published_example example;
    const std::size_t step = GENERATE(1, 7, 1000, 65'536, 1 << 20);
    CHECK(decode(example.claim, example.coded, example.body.size(), step).value() == example.body);
}

TEST_CASE("a changed chunk, its length or its signature is noticed", "[s3server]")
{
    const published_example example;
    std::string changed = example.coded;
    std::string code = "SignatureDoesNotMatch";
    SECTION("a byte")
    {
        changed[200] = 'b';
    }
    SECTION("a signature")
    {
        changed[30] = changed[30] == '0' ? '1' : '0';
    }
    SECTION("no signature")
    {
        changed.replace(0, changed.find("\r\n"), "10000");
    }
    SECTION("the order")
    {
        changed = changed.substr(changed.find("400;")) + changed.substr(0, changed.find("400;"));
    }
    SECTION("a length")
    {
        changed.replace(0, 5, "0ffff");
        code = "InvalidRequest";
    }
    CHECK(code_for(decode(example.claim, changed, example.body.size())) == code);
}

TEST_CASE("a body that stops early is incomplete wherever it stops", "[s3server]")
{
    const std::string coded = "5\r\nhello\r\n3\r\nyou\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
    REQUIRE(decode(unsigned_trailer, coded, 8).value() == "helloyou");
    for (std::size_t cut = 0; cut < coded.size(); ++cut)
        CHECK(code_for(decode(unsigned_trailer, coded.substr(0, cut), 8)) == "IncompleteBody");
}

TEST_CASE("a trailer's fields are kept", "[s3server]")
{
    chunk_decoder decoder(unsigned_trailer, 2);
    std::string body;
    REQUIRE(decoder.feed("2\r\nhi\r\n0\r\nX-Amz-Checksum-CRC32: 1234\r\n\r\n", body).has_value());
    REQUIRE(decoder.finished());
    CHECK(decoder.trailer() == std::vector{std::pair<std::string, std::string>("x-amz-checksum-crc32", "1234")});
}

TEST_CASE("a signed trailer is verified", "[s3server]")
{
    published_example example;
    example.claim.trailer = true;
    const chunk_signing& signing = *example.claim.signing;
    const auto sign = [&](const std::string& kind, const std::string& previous, const std::string& covered) {
        return sigv4::signature(
            signing.key, kind + "\n" + signing.timestamp + "\n" + signing.scope + "\n" + previous + "\n" + covered);
    };
    const std::string nothing = sha256_hex("");
    const std::string first = sign("AWS4-HMAC-SHA256-PAYLOAD", signing.seed, nothing + "\n" + sha256_hex("hi"));
    const std::string last = sign("AWS4-HMAC-SHA256-PAYLOAD", first, nothing + "\n" + nothing);
    const std::string trailer = sign("AWS4-HMAC-SHA256-TRAILER", last, sha256_hex("x-amz-checksum-crc32:1234\n"));
    const std::string coded = "2;chunk-signature=" + first + "\r\nhi\r\n0;chunk-signature=" + last +
                              "\r\nx-amz-checksum-crc32:1234\r\nx-amz-trailer-signature:" + trailer + "\r\n\r\n";
    CHECK(code_for(decode(example.claim, coded, 2)) == "decoded");
    std::string changed = coded;
    changed.replace(changed.find("1234"), 4, "1235");
    CHECK(code_for(decode(example.claim, changed, 2)) == "SignatureDoesNotMatch");
}

TEST_CASE("broken coding is refused", "[s3server]")
{
    struct row
    {
        std::string coded;
        const char* code;
    };
    const auto [coded, code] = GENERATE(values<row>({
        {"x\r\n", "InvalidRequest"},
        {"\r\n", "InvalidRequest"},
        {"-1\r\n", "InvalidRequest"},
        {"5\nhello", "InvalidRequest"},
        {"5\r\nhelloX\r\n", "InvalidRequest"},
        {"11111111111111111\r\n", "InvalidRequest"},
        {"6\r\nhello!\r\n", "IncompleteBody"},
        {"4\r\nhell\r\n0\r\n\r\n", "IncompleteBody"},
        {"5\r\nhello\r\n0\r\nno colon\r\n\r\n", "InvalidRequest"},
        {"5\r\nhello\r\n0\r\n\r\nmore", "InvalidRequest"},
        {std::string(2000, '0'), "InvalidRequest"},
    }));
    CAPTURE(coded);
    CHECK(code_for(decode(unsigned_trailer, coded, 5)) == code);
}
