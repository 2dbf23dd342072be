#include <fleetman/core/result.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;

TEST_CASE("an error seen from further up keeps its code, its fields and what the store said", "[core]")
{
    const error low = error::violations("2 mistakes", {{"files[0].mode", "must be octal"}})
                          .with_store_fault({"SlowDown", "Please reduce your request rate.", "req-1"});
    const error high = low.within("put a/b").within("publish node01/web");

    CHECK(high.message() == "publish node01/web: put a/b: 2 mistakes");
    CHECK(high.code() == errc::invalid);
    CHECK(high.fields() == std::vector<field_error>{{"files[0].mode", "must be octal"}});
    REQUIRE(high.store() != nullptr);
    CHECK(high.store()->code == "SlowDown");
    CHECK(high.store()->request_id == "req-1");
}

TEST_CASE("an error that no store gave has nothing of one", "[core]")
{
    const error plain(errc::not_found, "no such cell");
    CHECK(plain.store() == nullptr);
    CHECK(plain.fields().empty());
}

TEST_CASE("every code has a word of its own", "[core]")
{
    std::vector<std::string> words;
    for (int value = 1; value <= static_cast<int>(errc::failed); ++value)
        words.push_back(make_error_code(static_cast<errc>(value)).message());
    std::sort(words.begin(), words.end());
    CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
    CHECK(std::find(words.begin(), words.end(), "unknown") == words.end());
}

TEST_CASE("asking a failed result for its value throws the operator's sentence", "[core]")
{
    const result<int> failed = error(errc::denied, "access denied");
    CHECK_THROWS_WITH(failed.value(), Catch::Contains("access denied"));
}
