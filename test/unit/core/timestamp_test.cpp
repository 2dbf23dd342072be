#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

#include <limits>

using namespace fleetman;

TEST_CASE("every spelling of a moment reads back as the moment", "[core]")
{
    const wall_time when = from_unix_seconds(1767607200); // 2026-01-05 10:00:00 UTC
    CHECK(rfc3339(when) == "2026-01-05T10:00:00+00:00");
    CHECK(http_date(when) == "Mon, 05 Jan 2026 10:00:00 GMT");
    CHECK(sigv4_timestamp(when) == "20260105T100000Z");
    CHECK(parse_rfc3339(rfc3339(when)).value() == when);
    CHECK(parse_rfc3339(rfc3339_millis(when + milliseconds(123))).value() == when + milliseconds(123));
    CHECK(parse_http_date(http_date(when)).value() == when);
    CHECK(parse_sigv4_timestamp(sigv4_timestamp(when)).value() == when);
}

TEST_CASE("an offset from UTC is taken off", "[core]")
{
    CHECK(unix_seconds(parse_rfc3339("2026-01-05T11:30:00.5+01:30").value()) == 1767607200);
}

TEST_CASE("a moment beyond what the clock can count is refused, or the nearest one", "[core]")
{
    for (const char* text :
        {"2262-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1677-12-31T23:59:59Z", "0000-01-01T00:00:00Z"})
        CHECK(parse_rfc3339(text).has_error());
    CHECK(parse_sigv4_timestamp("40520210T100000Z").has_error());
    CHECK(rfc3339(parse_rfc3339("2261-12-31T23:59:59-23:59").value()).substr(0, 4) == "2262");
    CHECK(from_unix_seconds(std::numeric_limits<std::int64_t>::max()) > from_unix_seconds(9'000'000'000));
    CHECK(from_unix_seconds(std::numeric_limits<std::int64_t>::min()) < from_unix_seconds(-9'000'000'000));
}

TEST_CASE("a local stamp reads back as its moment, in whatever time zone", "[core]")
{
    for (const std::int64_t seconds : {1767607200, 1783245600}) { // in winter and in summer
        const wall_time when = from_unix_seconds(seconds) + milliseconds(7);
        CHECK(parse_local_stamp(local_stamp(when)).value() == when);
    }
    for (const char* text : {"", "20260105-100000", "20260105-100000-1", "20260105-100000-1234", "20260105-246000-123",
             "20260231-100000-123", "2026010x-100000-123"})
        CHECK(parse_local_stamp(text).has_error());
}

TEST_CASE("what is no time is refused", "[core]")
{
    for (const char* text : {"", "2026", "2026-13-01T00:00:00Z", "2026-01-05T10:00:00", "2026-01-05T25:00:00Z",
             "2026-01-05T10:00:00Zx", "9999999999999999999"})
        CHECK(parse_rfc3339(text).has_error());
    CHECK(parse_http_date("Mon, 31 Feb 2026 10:00:00 GMT").has_error());
}
