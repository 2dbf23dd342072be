#include "imposter_fixture.hpp"

#include <fleetman/core/deadline.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;
using ending = imposter::ending;

namespace {

const std::string good = http_answer(200, "body", "ETag: \"e\"\r\n");

} // namespace

TEST_CASE("a connection that is reset at any byte of an answer costs one attempt", "[s3][fault]")
{
    const auto cut = GENERATE_COPY(range<std::size_t>(0, good.size(), 3));
    INFO("after byte " << cut);
    const auto [got, seen] =
        read_through({[&](imposter& server) { server.then(good.substr(0, cut), ending::reset).then(good); }});
    CHECK(got.value().body == "body");
    CHECK(seen.requests.size() == 2);
    CHECK(seen.pauses == 1);
}

TEST_CASE("an answer that ends before its announced length costs one attempt", "[s3][fault]")
{
    const auto [got, seen] = read_through(
        {[](imposter& server) { server.then(good.substr(0, good.size() - 1), ending::close).then(good); }});
    CHECK(got.value().body == "body");
    CHECK(seen.pauses == 1);
}

TEST_CASE("a server that falls silent is given up at the idle deadline, and asked again", "[s3][fault]")
{
    const auto silent_after = GENERATE(values<std::size_t>({0, 10, good.size() - 2}));
    const auto [got, seen] =
        read_through({[&](imposter& server) { server.then(good.substr(0, silent_after), ending::stall).then(good); },
            [](s3::connection& to) { to.idle_deadline = 60ms; }});
    CHECK(got.value().body == "body");
    CHECK(seen.requests.size() == 2);
    CHECK(seen.pauses == 1);
}

TEST_CASE("a server that trickles is given up when the operation's time is over", "[s3][fault]")
{
    const auto [got, seen] = read_through(
        {[](imposter& server) { server.then("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", ending::trickle); },
            [](s3::connection& to) { to.operation_deadline = 150ms; }});
    REQUIRE(got.has_error());
    CHECK(got.error().code() == errc::unavailable);
    CHECK_THAT(got.error().message(),
        Catch::StartsWith("get cells/web.json: no answer within 150 ms from bucket fleet at http://127.0.0.1:"));
}

TEST_CASE("a head that comes by the byte is not waited for, though each byte is in time", "[s3][fault]")
{
    const std::string begun = "HTTP/1.1 200 OK\r\nX: ";
    const auto [got, seen] = read_through({[&](imposter& server) { server.then(begun, ending::trickle); },
        [](s3::connection& to) {
            to.idle_deadline = 500ms;
            to.attempts = 1;
        }});
    REQUIRE(got.has_error());
    CHECK(got.error().message().starts_with("get cells/web.json: the head of the answer took too long"));
}

TEST_CASE("nobody listening is told after the configured attempts, with the address", "[s3][fault]")
{
    const auto [got, seen] = read_through({[](imposter&) {},
        [](s3::connection& to) { to.endpoint = net::parse_endpoint("http://127.0.0.1:1").value(); }});
    REQUIRE(got.has_error());
    CHECK(got.error().code() == errc::unavailable);
    CHECK(got.error().message() ==
          "get cells/web.json: gave up after 3 attempts: bucket fleet at http://127.0.0.1:1: 127.0.0.1:1: connect: "
          "Connection refused; check endpoint");
    CHECK(seen.pauses == 2);
}

TEST_CASE("what goes wrong behind a proxy is tried again and told in a line", "[s3][fault]")
{
    struct row
    {
        std::string answer;
        std::string told;
    };
    const std::string page = "<!DOCTYPE html><html>" + std::string(200'000, 'x') + "</html>";
    const auto one = GENERATE_COPY(values<row>({
        {http_answer(500, ""), "HTTP 500 from"},
        {http_answer(502, page, "Content-Type: text/html\r\n"), "HTTP 502 from"},
        {http_answer(503, "<Error><Code>SlowDown</Code><Mess"), "HTTP 503 from"},
        {http_answer(503, refusal("SlowDown")), "SlowDown (no) from"},
    }));
    INFO(one.told);
    const auto [got, seen] =
        read_through({[&](imposter& server) { server.then(one.answer).then(one.answer).then(one.answer); }});
    REQUIRE(got.has_error());
    CHECK(got.error().code() == errc::unavailable);
    CHECK_THAT(got.error().message(), Catch::StartsWith("get cells/web.json: gave up after 3 attempts: " + one.told) &&
                                          Catch::Contains("bucket fleet at http://127.0.0.1:"));
    CHECK(got.error().message().size() < 250);
    CHECK(seen.requests.size() == 3);
    CHECK(seen.connections == 1);
}

TEST_CASE("a peer that does not speak HTTP, or too much of it, is unavailable", "[s3][fault]")
{
    const auto bytes = GENERATE(values<std::string>({
        "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
    }));
    INFO(bytes.substr(0, 60));
    const auto [got, seen] = read_through({[&](imposter& server) {
        for (int i = 0; i < 3; ++i)
            server.then(bytes, ending::stall);
    }});
    REQUIRE(got.has_error());
    CHECK(got.error().code() == errc::unavailable);
    CHECK(seen.requests.size() == 3);
}

TEST_CASE("interim answers and chunks are read as HTTP says", "[s3][fault]")
{
    const auto [got, seen] = read_through({[](imposter& server) {
        server.then("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "2\r\nbo\r\n2;x=y\r\ndy\r\n0\r\n\r\n");
    }});
    CHECK(got.value().body == "body");
    CHECK(got.value().info.size == 4);
}

TEST_CASE("an object past the bound is refused, and its connection is not used again", "[s3][fault]")
{
    const trace seen =
        play({[](imposter& server) { server.then(http_answer(200, std::string(100'000, 'x'))).then(good); }},
            [](storage::object_store& store) -> task<void> {
                const auto large = co_await store.get("a", 1000);
                CHECK(large.error().code() == errc::too_large);
                CHECK((co_await store.get("b", 1000)).value().body == "body");
            });
    CHECK(seen.connections == 2);
}

TEST_CASE("a store that cannot begin in the middle hands on nothing", "[s3][fault]")
{
    struct row
    {
        std::string answer;
        errc kind;
        std::string delivered;
    };
    const auto one = GENERATE(values<row>({
        {http_answer(200, "0123456789", "ETag: \"e\"\r\n"), errc::unsupported, ""},
        {http_answer(412, ""), errc::conflict, ""},
        {http_answer(416, ""), errc::failed, ""},
        {http_answer(206, "3456789", "ETag: \"e\"\r\nContent-Range: bytes 3-9/10\r\n"), errc::failed, ""},
        {http_answer(206, "456789", "ETag: \"e\"\r\n"), errc::failed, ""},
        {http_answer(206, "45678", "ETag: \"e\"\r\nContent-Range: bytes 4-8/10\r\n"), errc::failed, "45678"},
    }));
    string_sink to(10);
    result<storage::object_info> rest = error(errc::invalid, "not asked");
    play({[&](imposter& server) { server.then(one.answer); }}, [&](storage::object_store& store) -> task<void> {
        return [](storage::object_store& from, byte_sink& into, auto& got) -> task<void> {
            got = co_await from.get_rest("a", "e", 4, into);
        }(store, to, rest);
    });
    REQUIRE(rest.has_error());
    CHECK(rest.error().code() == one.kind);
    CHECK(to.take() == one.delivered);
}
