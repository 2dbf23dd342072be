#include <fleetman/core/text.hpp>

#include <catch2/catch.hpp>

#include <cstdint>

using namespace fleetman;

TEST_CASE("splitting keeps empty parts, and an empty text is one of them", "[core]")
{
    CHECK(split("a/b//c", '/') == std::vector<std::string>{"a", "b", "", "c"});
    CHECK(split("", '/') == std::vector<std::string>{""});
    CHECK(split("/", '/') == std::vector<std::string>{"", ""});
}

TEST_CASE("trimming takes blanks off both ends only", "[core]")
{
    CHECK(trimmed(" \t a b\r\n") == "a b");
    CHECK(trimmed(" \n") == "");
}

TEST_CASE("lower case changes ASCII letters and nothing else", "[core]")
{
    CHECK(lower_case("X-Amz-Date: \xC3\x84Z") == "x-amz-date: \xC3\x84z");
}

TEST_CASE("a number is the whole text or none", "[core]")
{
    CHECK(parse_integer<int>("-42") == -42);
    CHECK(parse_integer<std::uint16_t>("65535") == 65535);
    for (const char* text : {"", " 1", "1 ", "+1", "1.0", "0x1", "65536", "-1"})
        CHECK_FALSE(parse_integer<std::uint16_t>(text).has_value());
}

TEST_CASE("what is not UTF-8 is replaced, and nothing else", "[core]")
{
    CHECK(as_utf8("plain \xe2\x98\x83\n") == "plain \xe2\x98\x83\n");
    CHECK(as_utf8("a\xff"
                  "b\xe2\x98") == "a\uFFFDb\uFFFD\uFFFD");
    CHECK(as_utf8("").empty());
}
