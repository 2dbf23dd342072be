#include "imposter_fixture.hpp"

#include <fleetman/core/digest.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;
using ending = imposter::ending;

// Streams that are cut, and go on.

namespace {

const std::string body = "0123456789";

std::string etag_line(const std::string& of = body)
{
    return "ETag: \"" + md5_hex(of) + "\"\r\n";
}

// An answer with the whole object's head, and so much of its body.
std::string cut_after(std::size_t bytes)
{
    return http_answer(200, body, etag_line())
        .substr(0, http_answer(200, body, etag_line()).size() - body.size() + bytes);
}

std::string rest_from(std::size_t first, const std::string& headers = etag_line())
{
    const std::string range = "Content-Range: bytes " + std::to_string(first) + "-9/10\r\n";
    return http_answer(206, body.substr(first), headers + range);
}

struct stream_outcome
{
    result<storage::object_info> got = error(errc::failed, "not asked");
    std::string delivered;
    trace seen;
};

stream_outcome stream_through(visit made)
{
    stream_outcome outcome;
    string_sink to(1000);
    outcome.seen = play(std::move(made), [&](storage::object_store& store) -> task<void> {
        return [](storage::object_store& from, byte_sink& into, auto& got) -> task<void> {
            got = co_await from.get("a", into);
        }(store, to, outcome.got);
    });
    outcome.delivered = to.take();
    return outcome;
}

} // namespace

TEST_CASE("a stream that was cut goes on at the byte that it reached, of the same object", "[s3][fault]")
{
    const auto how = GENERATE(ending::close, ending::reset);
    const auto outcome = stream_through({[&](imposter& server) { server.then(cut_after(4), how).then(rest_from(4)); }});
    CHECK(outcome.got.value().size == 10);
    CHECK(outcome.delivered == body);
    REQUIRE(outcome.seen.requests.size() == 2);
    CHECK_THAT(outcome.seen.requests[1],
        Catch::Contains("Range: bytes=4-\r\n") && Catch::Contains("If-Match: \"" + md5_hex(body) + "\"\r\n"));
}

TEST_CASE("a stream that is cut again and again goes on as long as it gets further", "[s3][fault]")
{
    const auto outcome = stream_through({[](imposter& server) {
        server.then(cut_after(1), ending::close);
        for (std::size_t at = 1; at < 9; ++at) {
            const std::string whole = rest_from(at);
            server.then(whole.substr(0, whole.size() - (9 - at)), ending::close);
        }
        server.then(rest_from(9));
    }});
    CHECK(outcome.got.has_value());
    CHECK(outcome.delivered == body);
    CHECK(outcome.seen.requests.size() == 10);
}

TEST_CASE("a stream that falls silent goes on, too", "[s3][fault]")
{
    const auto outcome =
        stream_through({[](imposter& server) { server.then(cut_after(7), ending::stall).then(rest_from(7)); },
            [](s3::connection& to) { to.idle_deadline = 300ms; }});
    CHECK(outcome.got.has_value());
    CHECK(outcome.delivered == body);
}

TEST_CASE("a stream that gets no further is given up after the configured attempts", "[s3][fault]")
{
    const auto outcome = stream_through({[](imposter& server) {
        server.then(cut_after(4), ending::close);
        for (int i = 0; i < 9; ++i)
            server.then("", ending::close);
    }});
    REQUIRE(outcome.got.has_error());
    CHECK(outcome.got.error().code() == errc::unavailable);
    CHECK(outcome.delivered == body.substr(0, 4));
    CHECK(outcome.seen.requests.size() == 7); // one, and twice three for what is missing
}

TEST_CASE("what changed while it was being read is not put together", "[s3][fault]")
{
    const auto outcome =
        stream_through({[](imposter& server) { server.then(cut_after(4), ending::close).then(http_answer(412, "")); }});
    REQUIRE(outcome.got.has_error());
    CHECK(outcome.got.error().code() == errc::unavailable);
    CHECK(outcome.got.error().message() == "get a: it was changed while it was being read");
    CHECK(outcome.delivered == body.substr(0, 4));
}

TEST_CASE("what changed is not put together either where the store does not look at If-Match", "[s3][fault]")
{
    const auto outcome = stream_through(
        {[](imposter& server) { server.then(cut_after(4), ending::close).then(rest_from(4, etag_line("another"))); }});
    REQUIRE(outcome.got.has_error());
    CHECK(outcome.got.error().message() == "get a: it was changed while it was being read");
    CHECK(outcome.delivered == body.substr(0, 4));
}

TEST_CASE("of a store that cannot begin in the middle the first failure is told", "[s3][fault]")
{
    const auto outcome = stream_through({[](imposter& server) {
        server.then(cut_after(4), ending::close).then(http_answer(200, body, etag_line()));
        server.then(http_answer(200, body, etag_line()));
    }});
    REQUIRE(outcome.got.has_error());
    CHECK_THAT(outcome.got.error().message(), Catch::Contains("closed in the middle of an answer"));
    CHECK(outcome.delivered == body.substr(0, 4));
}

TEST_CASE("pieces that do not match the ETag of the whole are a failure", "[s3][fault]")
{
    const auto outcome = stream_through({[](imposter& server) {
        server.then(cut_after(4), ending::close)
            .then(http_answer(206, "45678X", etag_line() + "Content-Range: bytes 4-9/10\r\n"));
    }});
    REQUIRE(outcome.got.has_error());
    CHECK(outcome.got.error().message() == "get a: what arrived does not match its ETag");
}

TEST_CASE("a cut stream without an ETag is not gone on with", "[s3][fault]")
{
    const auto outcome = stream_through(
        {[](imposter& server) { server.then("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123", ending::close); }});
    CHECK(outcome.got.error().code() == errc::unavailable);
    CHECK(outcome.seen.requests.size() == 1);
}

TEST_CASE("a body that only trickles is given up, though no read of it is late", "[s3][fault]")
{
    const auto outcome = stream_through(
        {[](imposter& server) { server.then("HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n", ending::trickle); },
            [](s3::connection& to) { to.idle_deadline = 200ms; }});
    REQUIRE(outcome.got.has_error());
    CHECK(outcome.got.error().code() == errc::unavailable);
    CHECK_THAT(outcome.got.error().message(), Catch::Contains("fewer than 4096 bytes came in 200 ms"));
}

TEST_CASE("the rest of an object is asked for with its ETag", "[s3][fault]")
{
    string_sink to(10);
    result<storage::object_info> rest = error(errc::failed, "not asked");
    const trace seen =
        play({[&](imposter& server) { server.then(rest_from(4)); }}, [&](storage::object_store& store) -> task<void> {
            return [](storage::object_store& from, byte_sink& into, auto& got) -> task<void> {
                got = co_await from.get_rest("a", md5_hex(body), 4, into);
            }(store, to, rest);
        });
    REQUIRE(rest.has_value());
    CHECK(rest->size == 10);
    CHECK(to.take() == body.substr(4));
    CHECK_THAT(seen.requests.at(0),
        Catch::Contains("Range: bytes=4-\r\n") && Catch::Contains("If-Match: \"" + md5_hex(body) + "\"\r\n"));
}

TEST_CASE("a part of another object is refused, also from a store that does not look at If-Match", "[s3][fault]")
{
    string_sink to(10);
    result<storage::object_info> rest = error(errc::failed, "not asked");
    play({[&](imposter& server) { server.then(rest_from(4, etag_line("another"))); }},
        [&](storage::object_store& store) -> task<void> {
            return [](storage::object_store& from, byte_sink& into, auto& got) -> task<void> {
                got = co_await from.get_rest("a", md5_hex(body), 4, into);
            }(store, to, rest);
        });
    REQUIRE(rest.has_error());
    CHECK(rest.error().code() == errc::conflict);
    CHECK(to.take().empty());
}
