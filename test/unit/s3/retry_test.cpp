#include "scripted_transport.hpp"

#include <fleetman/core/digest.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;
using storage::put_condition;

TEST_CASE_METHOD(store_fixture, "what was refused for load is tried again, signed afresh, until it succeeds", "[s3]")
{
    wire->then(503).then(429).then(200, {}, {{"ETag", "\"e1\""}});

    CHECK(run(store.put("cells/web.json", "{}", put_condition::always())).value() == "e1");
    REQUIRE(time.slept.size() == 2);
    CHECK(time.slept[0] <= 1000ms);
    CHECK(time.slept[1] <= 2000ms);
    REQUIRE(wire->seen.size() == 3);
    CHECK(wire->seen[0].body == wire->seen[2].body);
}

TEST_CASE_METHOD(store_fixture, "each attempt is signed for its own moment", "[s3]")
{
    wire->then(503, {}, {{"Retry-After", "3"}}).then(200);
    static_cast<void>(run(store.remove("a")));
    REQUIRE(wire->seen.size() == 2);
    CHECK(header(wire->seen[0], "X-Amz-Date") == "20260105T100000Z");
    CHECK(header(wire->seen[1], "X-Amz-Date") == "20260105T100003Z");
    CHECK(header(wire->seen[0], "Authorization") != header(wire->seen[1], "Authorization"));
}

TEST_CASE_METHOD(store_fixture, "the store's Retry-After is kept to, within reason", "[s3]")
{
    wire->then(503, {}, {{"Retry-After", "7"}}).then(429, {}, {{"Retry-After", "3600"}}).then(200);
    CHECK(run(store.remove("a")).has_value());
    CHECK(time.slept == std::vector<milliseconds>{7s, 20s});
}

TEST_CASE_METHOD(store_fixture, "an outage is given up after the configured attempts, and told in one sentence", "[s3]")
{
    wire->then_fails(errc::unavailable, "s3.test:80: connect: Connection refused")
        .then_fails(errc::unavailable, "s3.test:80: connect: Connection refused")
        .then(503, refusal("SlowDown"));

    const auto outcome = run(store.get("a", 10));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::unavailable);
    CHECK(outcome.error().message() == "get a: gave up after 3 attempts: SlowDown (no) from bucket fleet at "
                                       "http://s3.test, request 4442587FB7D0A2F9");
    REQUIRE(outcome.error().store() != nullptr);
    CHECK(outcome.error().store()->code == "SlowDown");
    CHECK(wire->used_up());
}

TEST_CASE("a store that is slow to recover is given up when the operation's time is over", "[s3]")
{
    auto wire = std::make_shared<scripted_transport>();
    manual_clock time;
    s3::connection to = test_connection();
    to.attempts = 100;
    to.operation_deadline = 10s;
    s3::s3_store store(to, wire, time);
    for (int i = 0; i < 3; ++i)
        wire->then(503, {}, {{"Retry-After", "4"}});

    const auto outcome = run(store.head("a"));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::unavailable);
    CHECK(wire->seen.size() == 3);
    CHECK(time.slept == std::vector<milliseconds>{4s, 4s});
}

TEST_CASE_METHOD(store_fixture, "what the store refuses is not asked again", "[s3]")
{
    wire->then(403, refusal("AccessDenied"));
    const auto outcome = run(store.get("secret", 10));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::denied);
    CHECK(outcome.error().message() == "get secret: AccessDenied (no) from bucket fleet at http://s3.test, request "
                                       "4442587FB7D0A2F9; check access_key and secret_key");
    CHECK(time.slept.empty());
}

TEST_CASE_METHOD(store_fixture, "a download is tried again while nothing of it was delivered", "[s3]")
{
    wire->then(503).then_fails(errc::unavailable, "receive: Connection reset by peer").then(200, "body");
    string_sink to(100);
    CHECK(run(store.get("a", to)).value().size == 4);
    CHECK(to.take() == "body");
    CHECK(time.slept.size() == 2);
}

TEST_CASE_METHOD(store_fixture, "a download of which some was delivered is not begun again", "[s3]")
{
    wire->then_fails(errc::unavailable, "receive: Connection reset by peer", "bo");
    string_sink to(100);
    const auto outcome = run(store.get("a", to));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().message() == "get a: receive: Connection reset by peer");
    CHECK(wire->seen.size() == 1);
}

TEST_CASE_METHOD(store_fixture, "a streamed upload is sent once", "[s3]")
{
    wire->then(503);
    string_source from("body");
    CHECK(run(store.put("a", from, 4)).error().code() == errc::unavailable);
    CHECK(wire->seen.size() == 1);
}

TEST_CASE_METHOD(store_fixture, "a lost race to create a key is a conflict and is not tried again", "[s3]")
{
    wire->then(412, refusal("PreconditionFailed"));
    const auto outcome = run(store.put("a", "mine", put_condition::absent()));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::conflict);
    CHECK(header(wire->seen.at(0), "If-None-Match") == "*");
    CHECK(wire->seen.size() == 1);
}

TEST_CASE_METHOD(
    store_fixture, "a create whose answer was lost is recognised as ours when its repetition fails", "[s3]")
{
    SECTION("repeated by us")
    {
        wire->then(500).then(412, refusal("PreconditionFailed"));
    }
    SECTION("repeated on a new connection")
    {
        wire->then(412, refusal("PreconditionFailed")).repeated();
    }
    SECTION("with an ETag, by the spelling that Ceph needs")
    {
        wire->then(412, refusal("PreconditionFailed")).then(500).then(412, refusal("PreconditionFailed"));
        wire->then(200, {}, {{"ETag", '"' + md5_hex("mine") + '"'}});
        CHECK(run(store.put("a", "mine", put_condition::unchanged_since("e0"))).value() == md5_hex("mine"));
        return;
    }
    wire->then(200, {}, {{"ETag", '"' + md5_hex("mine") + '"'}});
    CHECK(run(store.put("a", "mine", put_condition::absent())).value() == md5_hex("mine"));
    CHECK(wire->seen.back().method == "HEAD");
}

TEST_CASE_METHOD(store_fixture, "another's object under a create that was repeated is still a conflict", "[s3]")
{
    wire->then(500).then(412, refusal("PreconditionFailed")).then(200, {}, {{"ETag", "\"theirs\""}});
    CHECK(run(store.put("a", "mine", put_condition::absent())).error().code() == errc::conflict);
}

TEST_CASE_METHOD(store_fixture, "put if unchanged is asked quoted, then bare as Ceph wants it", "[s3]")
{
    wire->then(412, refusal("PreconditionFailed")).then(200, {}, {{"ETag", "\"e2\""}});
    CHECK(run(store.put("a", "x", put_condition::unchanged_since("e1"))).value() == "e2");
    CHECK(header(wire->seen.at(0), "If-Match") == "\"e1\"");
    CHECK(header(wire->seen.at(1), "If-Match") == "e1");
}

TEST_CASE_METHOD(store_fixture, "put if unchanged is a conflict when both spellings are refused", "[s3]")
{
    wire->then(412).then(400, refusal("InvalidArgument"));
    CHECK(run(store.put("a", "x", put_condition::unchanged_since("e1"))).error().code() == errc::conflict);
}

TEST_CASE_METHOD(store_fixture, "a store without conditional writes says so", "[s3]")
{
    wire->then(501, refusal("NotImplemented"));
    CHECK(run(store.put("a", "x", put_condition::absent())).error().code() == errc::unsupported);
    CHECK(wire->seen.size() == 1);
}

TEST_CASE("the larger a body in memory, the longer its operation may take", "[s3]")
{
    auto wire = std::make_shared<scripted_transport>();
    manual_clock time;
    s3::connection to = test_connection();
    to.operation_deadline = 5s;
    s3::s3_store store(to, wire, time);
    const std::string body(std::size_t{10} * 16'384, 'x');
    wire->then(503, {}, {{"Retry-After", "8"}}).then(200);
    CHECK(run(store.put("a", body, storage::put_condition::always())).has_value());
    wire->then(503, {}, {{"Retry-After", "8"}});
    CHECK(run(store.put("a", "x", storage::put_condition::always())).has_error());
    CHECK(wire->used_up());
}
