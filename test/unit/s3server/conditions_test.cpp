#include "../../../lib/s3server/conditions.hpp"
#include "../../../lib/s3server/faults.hpp"
#include "../../../lib/s3server/operations.hpp"
#include "../../../lib/s3server/utf8.hpp"

#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::s3server;

namespace {

struct asked_fixture
{
    asked_fixture()
    {
        object.etag = "abc";
        object.modified = parse_rfc3339("2026-01-05T10:00:00.700Z").value();
    }

    verdict judge(std::initializer_list<std::pair<const char*, const char*>> headers)
    {
        for (const auto& [name, value] : headers)
            asked.http.fields.set(name, value);
        return judge_read(asked, object);
    }

    http::request raw;
    s3_request asked{.http = raw};
    object_row object;
};

constexpr const char* before = "Mon, 05 Jan 2026 09:59:59 GMT";
constexpr const char* same = "Mon, 05 Jan 2026 10:00:00 GMT";

} // namespace

TEST_CASE_METHOD(asked_fixture, "entity tags decide before dates", "[s3server]")
{
    SECTION("no condition")
    {
        CHECK(judge({}) == verdict::go_on);
    }
    SECTION("match")
    {
        CHECK(judge({{"If-Match", "\"abc\""}}) == verdict::go_on);
    }
    SECTION("match without quotes")
    {
        CHECK(judge({{"If-Match", "abc"}}) == verdict::go_on);
    }
    SECTION("match of one among several")
    {
        CHECK(judge({{"If-Match", "\"x\", \"abc\""}}) == verdict::go_on);
    }
    SECTION("match of any")
    {
        CHECK(judge({{"If-Match", "*"}}) == verdict::go_on);
    }
    SECTION("no match")
    {
        CHECK(judge({{"If-Match", "\"x\""}}) == verdict::failed);
    }
    SECTION("known tag")
    {
        CHECK(judge({{"If-None-Match", "\"abc\""}}) == verdict::not_modified);
    }
    SECTION("known weak tag")
    {
        CHECK(judge({{"If-None-Match", "W/\"abc\""}}) == verdict::not_modified);
    }
    SECTION("unknown tag")
    {
        CHECK(judge({{"If-None-Match", "\"x\""}}) == verdict::go_on);
    }
    SECTION("match beats an old date")
    {
        CHECK(judge({{"If-Match", "abc"}, {"If-Unmodified-Since", before}}) == verdict::go_on);
    }
    SECTION("unknown tag beats a current date")
    {
        CHECK(judge({{"If-None-Match", "x"}, {"If-Modified-Since", same}}) == verdict::go_on);
    }
}

TEST_CASE_METHOD(asked_fixture, "dates compare in whole seconds", "[s3server]")
{
    SECTION("modified since before")
    {
        CHECK(judge({{"If-Modified-Since", before}}) == verdict::go_on);
    }
    SECTION("not modified since")
    {
        CHECK(judge({{"If-Modified-Since", same}}) == verdict::not_modified);
    }
    SECTION("unmodified since")
    {
        CHECK(judge({{"If-Unmodified-Since", same}}) == verdict::go_on);
    }
    SECTION("modified meanwhile")
    {
        CHECK(judge({{"If-Unmodified-Since", before}}) == verdict::failed);
    }
    SECTION("no date at all")
    {
        CHECK(judge({{"If-Modified-Since", "yesterday"}}) == verdict::go_on);
    }
}

TEST_CASE_METHOD(asked_fixture, "a write's condition is absence or a tag", "[s3server]")
{
    CHECK(condition_of_write(asked).value().none());
    raw.fields.set("If-None-Match", "*");
    CHECK(condition_of_write(asked).value().must_be_absent);
    raw.fields.set("If-None-Match", "\"abc\"");
    CHECK(fault_of(condition_of_write(asked).error()) == fault::not_implemented);
    raw.fields.erase("If-None-Match");
    raw.fields.set("If-Match", "\"abc\"");
    CHECK(condition_of_write(asked).value().etag == "abc");
}

TEST_CASE("ranges are read as RFC 9110 has them", "[s3server]")
{
    struct row
    {
        const char* header;
        std::uint64_t size;
        const char* outcome; // "first+length", "whole", or "invalid"
    };
    const auto [header, size, outcome] = GENERATE(values<row>({
        {"", 10, "whole"},
        {"bytes=0-0", 10, "0+1"},
        {"bytes=0-9", 10, "0+10"},
        {"bytes=0-100", 10, "0+10"},
        {"bytes=3-", 10, "3+7"},
        {"bytes=9-", 10, "9+1"},
        {"bytes=10-", 10, "invalid"},
        {"bytes=10-20", 10, "invalid"},
        {"bytes=-3", 10, "7+3"},
        {"bytes=-30", 10, "0+10"},
        {"bytes=-0", 10, "invalid"},
        {"bytes=0-", 0, "invalid"},
        {"bytes=-1", 0, "invalid"},
        {"bytes=5-3", 10, "whole"},
        {"bytes=0-1,3-4", 10, "whole"},
        {"bytes=a-b", 10, "whole"},
        {"bytes=", 10, "whole"},
        {"bytes=-", 10, "whole"},
        {"lines=1-2", 10, "whole"},
        {"bytes=18446744073709551616-", 10, "whole"},
        {"bytes=0-18446744073709551615", 10, "0+10"},
    }));
    CAPTURE(header);
    const result<std::optional<byte_range>> range = range_of(header, size);
    std::string text = "invalid";
    if (range)
        text = range->has_value() ? std::to_string((*range)->first) + "+" + std::to_string((*range)->length) : "whole";
    CHECK(text == outcome);
}

TEST_CASE("bucket names follow S3's rules", "[s3server]")
{
    for (const char* name : {"abc", "a-b", "a.b", "123", "fleet"})
        CHECK(is_bucket_name(name));
    for (const char* name : {"", "ab", "Abc", "-ab", "ab-", ".ab", "a..b", "a_b", "a/b", "a b", "../x"})
        CHECK_FALSE(is_bucket_name(name));
    CHECK(is_bucket_name(std::string(63, 'a')));
    CHECK_FALSE(is_bucket_name(std::string(64, 'a')));
}

TEST_CASE("only well-formed UTF-8 is text", "[s3server]")
{
    for (const char* text : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x9a\x80", "\xf4\x8f\xbf\xbf"})
        CHECK(is_utf8(text));
    for (const char* text : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
             "\xf5\x80\x80\x80", "\xff", "a\xe2\x82"})
        CHECK_FALSE(is_utf8(text));
}
