#include <fleetman/core/text.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;

TEST_CASE("UTF-8 is told from bytes that only look like it", "[core]")
{
    for (const char* text : {"", "plain", "ünïcödé", "€", "𝄞", "\xC2\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"})
        CHECK(is_utf8(text));
    for (const char* bytes : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
             "\xF5\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "a\xFF"})
        CHECK_FALSE(is_utf8(bytes));
}

TEST_CASE("text from outside is shown without what a terminal or a log would act on", "[core]")
{
    CHECK(in_quotes("node 1") == "\"node 1\"");
    CHECK(in_quotes("a\"b\\c\nd\x1b[0m") == "\"a\\\"b\\\\c\\nd\\x1b[0m\"");
    CHECK(in_quotes("b\xFFz €") == "\"b\uFFFDz €\"");
    CHECK(in_quotes(std::string(80, 'x')) == '"' + std::string(80, 'x') + '"');
    CHECK(in_quotes(std::string(81, 'x')) == '"' + std::string(80, 'x') + "…\"");
}
