#include <fleetman/sigv4/encoding.hpp>
#include <fleetman/sigv4/signature.hpp>

#include <catch2/catch.hpp>

using namespace fleetman::sigv4;

TEST_CASE("every byte outside the unreserved set is escaped in upper case", "[sigv4]")
{
    CHECK(encode("AZaz09-._~") == "AZaz09-._~");
    CHECK(encode(" +%=&/:") == "%20%2B%25%3D%26%2F%3A");
    CHECK(encode("\xC3\xBC\n") == "%C3%BC%0A");
}

TEST_CASE("slashes of a path stay, single or double", "[sigv4]")
{
    CHECK(encode_path("/b/a b//c+d/..") == "/b/a%20b//c%2Bd/..");
}

TEST_CASE("a query is ordered by what is sent", "[sigv4]")
{
    CHECK(canonical_query({{"b", "2"}, {"a", "z"}, {"a", "y"}, {"A", ""}}) == "A=&a=y&a=z&b=2");
    CHECK(canonical_query({{"a~", "1"}, {"a/", "2"}}) == "a%2F=2&a~=1");
}

TEST_CASE("header values lose blanks at the ends and runs of them inside", "[sigv4]")
{
    const canonical_parts parts{"GET", "/", {}, {{"X-B", "  a \t b  "}, {"Host", "h"}}, "p"};
    CHECK(canonical_request(parts) == "GET\n/\n\nhost:h\nx-b:a b\n\nhost;x-b\np");
}
