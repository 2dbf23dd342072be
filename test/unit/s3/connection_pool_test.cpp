#include "imposter_fixture.hpp"

#include <fleetman/core/deadline.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/task_group.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;
using ending = imposter::ending;
using storage::object_store;

namespace {

const std::string good = http_answer(200, "body");

task<void> read_twice(object_store& store)
{
    CHECK((co_await store.get("a", 10)).value().body == "body");
    CHECK((co_await store.get("b", 10)).value().body == "body");
}

// Ends its body with a failure half way.
class failing_source final : public byte_source
{
public:
    task<result<std::string>> read(std::size_t) override
    {
        if (std::exchange(begun_, true))
            co_return error(errc::unavailable, "the disk went away");
        co_return "half";
    }

private:
    bool begun_ = false;
};

} // namespace

TEST_CASE("requests one after another share a connection", "[s3][pool]")
{
    const trace seen = play({[](imposter& server) { server.then(good).then(good); }}, read_twice);
    CHECK(seen.connections == 1);
}

TEST_CASE("a server that closes after its answer is connected to anew", "[s3][pool]")
{
    const trace seen = play({[](imposter& server) {
        server.then(http_answer(200, "body", "Connection: close\r\n"), ending::close).then(good);
    }},
        read_twice);
    CHECK(seen.connections == 2);
    CHECK(seen.pauses == 0);
}

TEST_CASE("a kept connection that has died meanwhile is no attempt", "[s3][pool]")
{
    const auto how = GENERATE(ending::close, ending::reset);
    const trace seen =
        play({[&](imposter& server) { server.then(good, how).then(good); }}, [](object_store& store) -> task<void> {
            task<void> twice = read_twice(store);
            co_await std::move(twice);
        });
    CHECK(seen.connections == 2);
    CHECK(seen.pauses == 0);
}

TEST_CASE("a kept connection on which the server is slow is an attempt, and not repeated unnoticed", "[s3][pool]")
{
    const trace seen = play({[](imposter& server) { server.then(good).then("", ending::stall).then(good); },
                                [](s3::connection& to) { to.idle_deadline = 60ms; }},
        read_twice);
    CHECK(seen.requests.size() == 3);
    CHECK(seen.pauses == 1);
}

TEST_CASE("an answer that broke off on a kept connection is an attempt", "[s3][pool]")
{
    const trace seen =
        play({[](imposter& server) { server.then(good).then("HTTP/1.1 200", ending::reset).then(good); }}, read_twice);
    CHECK(seen.requests.size() == 3);
    CHECK(seen.pauses == 1);
}

TEST_CASE("no more connections are open than configured, and all requests are served", "[s3][pool]")
{
    const trace seen = play({[](imposter& server) {
                                 for (int i = 0; i < 20; ++i)
                                     server.then(good);
                             },
                                [](s3::connection& to) { to.connections = 3; }},
        [](object_store& store) -> task<void> {
            const auto outcome = co_await for_each_concurrently(20, 20, [&store](std::size_t) -> task<result<void>> {
                return [](object_store& from) -> task<result<void>> {
                    const auto got = co_await from.get("a", 10);
                    co_return got ? result<void>() : result<void>(got.error());
                }(store);
            });
            CHECK(outcome.has_value());
        });
    CHECK(seen.requests.size() == 20);
    CHECK(seen.most_at_once <= 3);
    CHECK(seen.connections <= 3);
}

TEST_CASE("a request that is called off leaves the pool sound", "[s3][pool]")
{
    const trace seen = play({[](imposter& server) { server.then("", ending::stall).then(good); },
                                [](s3::connection& to) { to.connections = 1; }},
        [](object_store& store) -> task<void> {
            CHECK((co_await with_deadline(store.get("a", 10), 50ms)).has_error());
            CHECK((co_await store.get("b", 10)).value().body == "body");
        });
    CHECK(seen.connections == 2);
}

TEST_CASE("a refusal that comes before a large body was sent is heard", "[s3][pool]")
{
    play({[](imposter& server) {
        server.then(http_answer(403, refusal("AccessDenied"), "Connection: close\r\n"), ending::cut_body);
    }},
        [](object_store& store) -> task<void> {
            string_source body(std::string(3'000'000, 'x'));
            const auto put = co_await store.put("a", body, 3'000'000);
            REQUIRE(put.has_error());
            // A reset may overtake the answer (RFC 9112 section 9.6): then the connection's failure is what is told.
            CHECK((put.error().code() == errc::denied || put.error().code() == errc::unavailable));
        });
}

TEST_CASE("a source that fails is told at once, and the store gets no whole request", "[s3][pool]")
{
    const trace seen = play(
        {[](imposter&) {}, [](s3::connection& to) { to.idle_deadline = 20s; }}, [](object_store& store) -> task<void> {
            failing_source body;
            const auto put = co_await with_deadline(store.put("a", body, 100), 5s);
            REQUIRE(put.has_error());
            CHECK(put.error().message() == "put a: the disk went away");
        });
    CHECK(seen.requests.empty());
}

TEST_CASE("a line break in an ETag cannot become a header", "[s3][pool]")
{
    const trace seen = play({[](imposter&) {}}, [](object_store& store) -> task<void> {
        const auto put =
            co_await store.put("a", "x", storage::put_condition::unchanged_since("e\"\r\nX-Amz-Acl: public-read"));
        CHECK(put.error().code() == errc::invalid);
    });
    CHECK(seen.requests.empty());
}

TEST_CASE("the head of a request says once what is needed", "[s3][pool]")
{
    const trace seen = play({[](imposter& server) { server.then(good).then(http_answer(200, "")); }},
        [](object_store& store) -> task<void> {
            static_cast<void>(co_await store.get("a b", 10));
            static_cast<void>(co_await store.put("c", "body"));
        });
    REQUIRE(seen.requests.size() == 2);
    CHECK_THAT(seen.requests[0], Catch::StartsWith("GET /fleet/a%20b HTTP/1.1\r\nHost: 127.0.0.1:"));
    CHECK_THAT(seen.requests[0], !Catch::Contains("Content-Length"));
    CHECK_THAT(seen.requests[1], Catch::Contains("\r\nContent-Length: 4\r\n") && Catch::EndsWith("\r\n\r\nbody"));
}

TEST_CASE("a create that was done before its kept connection died is recognised as ours", "[s3][pool]")
{
    const trace seen = play({[](imposter& server) {
        server.then(good)
            .then("", ending::close)
            .then(http_answer(412, ""))
            .then("HTTP/1.1 200 OK\r\nETag: \"" + md5_hex("mine") + "\"\r\nContent-Length: 4\r\n\r\n");
    }},
        [](object_store& store) -> task<void> {
            CHECK((co_await store.get("a", 10)).has_value());
            const auto put = co_await store.put("b", "mine", storage::put_condition::absent());
            CHECK(put.value() == md5_hex("mine"));
        });
    CHECK(seen.requests.size() == 4);
    CHECK(seen.pauses == 0);
}
