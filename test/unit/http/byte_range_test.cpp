#include <fleetman/http/byte_range.hpp>

#include <catch2/catch.hpp>

using namespace fleetman::http;
using kind = byte_range::kind;

TEST_CASE("a range is read as RFC 9110 has it", "[http][range]")
{
    struct row
    {
        const char* field;
        byte_range of_ten;
    };
    const row table[] = {
        {"bytes=0-0", {kind::part, 0, 1}},
        {"bytes=2-4", {kind::part, 2, 3}},
        {"bytes=2-", {kind::part, 2, 8}},
        {"bytes=9-9", {kind::part, 9, 1}},
        {"bytes=0-99", {kind::part, 0, 10}},
        {"bytes=3-99999999999999999999999", {kind::part, 3, 7}},
        {"bytes=-3", {kind::part, 7, 3}},
        {"bytes=-99", {kind::part, 0, 10}},
        {"Bytes= 2-4 ", {kind::part, 2, 3}},
        {"bytes=10-", {kind::unsatisfiable, 0, 0}},
        {"bytes=99999999999999999999999-", {kind::unsatisfiable, 0, 0}},
        {"bytes=-0", {kind::unsatisfiable, 0, 0}},
    };
    for (const row& one : table) {
        CAPTURE(one.field);
        CHECK((parse_range(one.field, 10) == one.of_ten));
    }
}

TEST_CASE("what is no single range of bytes is ignored", "[http][range]")
{
    for (const char* const field : {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=5-2", "bytes=a-b",
             "bytes=1-2,4-5", "bytes=--1", "bytes=+1-2", "bytes=0x1-2", "lines=1-2", "1-2", "bytes=1 - 2"}) {
        CAPTURE(field);
        CHECK((parse_range(field, 10) == byte_range{}));
    }
}

TEST_CASE("an empty file has no part", "[http][range]")
{
    CHECK((parse_range("bytes=0-", 0).what == kind::unsatisfiable));
    CHECK((parse_range("bytes=-1", 0).what == kind::whole));
}
