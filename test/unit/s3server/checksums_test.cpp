#include "../../../lib/s3server/checksums.hpp"
#include "../../../lib/s3server/faults.hpp"
#include "../../../lib/s3server/xml_writer.hpp"

#include <fleetman/core/digest.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::s3server;

namespace {

// The check value of every catalogue of CRCs is that of this text.
constexpr std::string_view body = "123456789";

struct upload_fixture
{
    std::string outcome()
    {
        result<claimed_checksums> claims = claimed_checksums::of(asked);
        if (!claims)
            return std::string(code_of(fault_of(claims.error())));
        for (const char& one : body)
            claims->update({&one, 1});
        hasher md5(hash::md5);
        md5.update(body);
        const result<void> sound = claims->verify(asked, md5.finish(), as_bytes(sha256(body)));
        return sound ? "sound" : std::string(code_of(fault_of(sound.error())));
    }

    http::request raw;
    s3_request asked{.http = raw};
};

struct checksum
{
    const char* header;
    const char* value;
};

const std::initializer_list<checksum> right_ones{
    {"x-amz-checksum-crc32", "y/Q5Jg=="},
    {"x-amz-checksum-crc32c", "4waSgw=="},
    {"x-amz-checksum-crc64nvme", "rosUhgp5mIg="},
    {"x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="},
    {"x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="},
    {"content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="},
};

} // namespace

TEST_CASE_METHOD(upload_fixture, "a body without claims is sound", "[s3server]")
{
    CHECK(outcome() == "sound");
}

TEST_CASE_METHOD(upload_fixture, "every algorithm of S3 is computed as S3 does", "[s3server]")
{
    const auto [header, value] = GENERATE(values<checksum>(right_ones));
    CAPTURE(header);
    raw.fields.set(header, value);
    CHECK(outcome() == "sound");
    std::string wrong = value;
    wrong[0] = wrong[0] == 'A' ? 'B' : 'A';
    raw.fields.set(header, wrong);
    CHECK(outcome() == "BadDigest");
}

TEST_CASE_METHOD(upload_fixture, "a checksum promised for the trailer must come and be right", "[s3server]")
{
    raw.fields.set("x-amz-trailer", "x-amz-checksum-crc32");
    CHECK(outcome() == "BadDigest");
    std::string value = "y/Q5Jg==";
    asked.trailer = [&value] {
        return std::vector<std::pair<std::string, std::string>>{{"x-amz-checksum-crc32", value}};
    };
    CHECK(outcome() == "sound");
    value[0] = 'x';
    CHECK(outcome() == "BadDigest");
}

TEST_CASE_METHOD(upload_fixture, "the payload's own signature is held to as well", "[s3server]")
{
    asked.claimed_sha256 = sha256_hex(body);
    CHECK(outcome() == "sound");
    asked.claimed_sha256 = sha256_hex("other");
    CHECK(outcome() == "XAmzContentSHA256Mismatch");
}

TEST_CASE_METHOD(upload_fixture, "what cannot be checked is refused, not ignored", "[s3server]")
{
    SECTION("a digest of the wrong size")
    {
        raw.fields.set("content-md5", "short");
        CHECK(outcome() == "InvalidDigest");
    }
    SECTION("an unknown algorithm")
    {
        raw.fields.set("x-amz-checksum-blake3", "abc");
        CHECK(outcome() == "NotImplemented");
    }
    SECTION("an unknown trailer")
    {
        raw.fields.set("x-amz-trailer", "x-other");
        CHECK(outcome() == "NotImplemented");
    }
}

TEST_CASE("text in an answer cannot become markup", "[s3server]")
{
    xml_writer xml("Root", false);
    xml.begin("A").text("K", "<&>\"'\n\x01").number("N", 7).flag("F", false);
    CHECK(xml.finish() ==
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Root><A><K>&lt;&amp;&gt;&quot;'&#10;&#1;</K><N>7</N>"
          "<F>false</F></A></Root>");
}
