#include <fleetman/http/router.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace fleetman;
using fleetman::http::route_match;
using fleetman::http::verb;

namespace {

struct cells_fixture
{
    cells_fixture()
    {
        const http::route_handler unused = [](http::request&, const http::path_parameters&) -> task<http::response> {
            co_return http::response::empty(http::status::ok);
        };
        for (const auto& [method, pattern] : {
                 std::pair(verb::get, "/"),
                 std::pair(verb::get, "/cells"),
                 std::pair(verb::post, "/cells"),
                 std::pair(verb::get, "/cells/{node}/{cell}"),
                 std::pair(verb::get, "/cells/{node}/status"),
                 std::pair(verb::get, "/files/{path...}"),
                 std::pair(verb::put, "/files/{path...}"),
                 std::pair(verb::post, "/files/{path...}/copy"),
             })
            routes.add(method, pattern, 0, unused);
    }

    std::string pattern_for(verb method, std::string_view path) const
    {
        const route_match match = routes.match(method, path);
        return match.found != nullptr ? match.found->pattern : match.malformed ? "malformed" : "none";
    }

    http::router routes;
};

} // namespace

TEST_CASE_METHOD(cells_fixture, "a path finds the most specific pattern that has its method", "[http]")
{
    struct row
    {
        verb method;
        const char* path;
        const char* pattern;
    };
    const auto [method, path, pattern] = GENERATE(values<row>({
        {verb::get, "/", "/"},
        {verb::get, "/cells", "/cells"},
        {verb::head, "/cells", "/cells"},
        {verb::get, "/cells/", "none"},
        {verb::get, "/cells/n1/web", "/cells/{node}/{cell}"},
        {verb::get, "/cells/n1/status", "/cells/{node}/status"},
        {verb::get, "/cells//web", "none"},
        {verb::get, "/cells/n1/web/more", "none"},
        {verb::get, "/files/a", "/files/{path...}"},
        {verb::get, "/files/a/b/copy", "/files/{path...}"},
        {verb::post, "/files/a/b/copy", "/files/{path...}/copy"},
        {verb::post, "/files/copy", "none"},
        {verb::get, "/files/", "none"},
        {verb::get, "/Cells", "none"},
        {verb::get, "cells", "malformed"},
    }));
    CHECK(pattern_for(method, path) == pattern);
}

TEST_CASE_METHOD(cells_fixture, "hostile paths are malformed, however they are spelled", "[http]")
{
    const std::string path =
        GENERATE("/files/../x", "/files/./x", "/files/%2e%2e/x", "/files/.%2E/x", "/files/a%2f..%2fb", "/files/a%00b",
            "/files/a%0ab", "/files/%7f", "/files/%", "/files/%4", "/files/%zz", "/files/a%4");
    CHECK(pattern_for(verb::get, path) == "malformed");
}

TEST_CASE_METHOD(cells_fixture, "an escaped slash stays inside its segment", "[http]")
{
    const route_match match = routes.match(verb::get, "/cells/a%2Fb/c%20d");
    REQUIRE(match.found != nullptr);
    CHECK(match.parameters["node"] == "a/b");
    CHECK(match.parameters["cell"] == "c d");
}

TEST_CASE_METHOD(cells_fixture, "a tail keeps inner and final empty segments", "[http]")
{
    CHECK(routes.match(verb::get, "/files/logs/").parameters["path"] == "logs/");
    CHECK(routes.match(verb::get, "/files/a//b").parameters["path"] == "a//b");
    CHECK(routes.match(verb::post, "/files/a/b/copy").parameters["path"] == "a/b");
}

TEST_CASE_METHOD(cells_fixture, "a path without the method tells which methods it has", "[http]")
{
    const route_match match = routes.match(verb::delete_, "/cells");
    CHECK(match.found == nullptr);
    CHECK(match.allowed == std::vector{verb::get, verb::post});
    CHECK(routes.match(verb::get, "/nothing").allowed.empty());
}

TEST_CASE_METHOD(cells_fixture, "asking for a variable that the pattern lacks is a bug", "[http]")
{
    const route_match match = routes.match(verb::get, "/cells/n1/web");
    CHECK_THROWS_AS(match.parameters["version"], std::out_of_range);
}
