#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

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

TEST_CASE("what is no time is refused", "[core]")
{
    for (const char* text : {"", "2026", "2026-13-01T00:00:00Z", "2026-01-05T10:00:00", "2026-01-05T25:00:00Z",
             "2026-01-05T10:00:00Zx", "9999999999999999999"})
        CHECK(parse_rfc3339(text).has_error());
    CHECK(parse_http_date("Mon, 31 Feb 2026 10:00:00 GMT").has_error());
}
