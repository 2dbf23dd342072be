#include "answering_transport.hpp"

#include <fleetman/core/task_group.hpp>
#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;
using storage::put_condition;

// What a store tells of itself is believed once, and remembered for the connection.

namespace {

std::string scope_of(const s3::wire_request& request)
{
    const std::string text = header(request, "Authorization");
    const std::size_t begin = text.find("Credential=key/") + 15;
    return text.substr(begin, text.find(',', begin) - begin);
}

std::string wrong_region(const std::string& region)
{
    return "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message><Region>" + region +
           "</Region></Error>";
}

struct clock_fixture : store_fixture
{
    const wall_time theirs = time.time + 40min;

    // By an answer to one operation, which is repeated; another one follows.
    void is_told_their_time()
    {
        SECTION("told by its code")
        {
            wire->then(403, refusal("RequestTimeTooSkewed"), {{"Date", http_date(theirs)}}).then(200).then(200);
            CHECK(run(store.get("a", 10)).has_value());
        }
        SECTION("told by its date alone, as HEAD has no body")
        {
            wire->then(403, {}, {{"Date", http_date(theirs)}}).then(200).then(200);
            CHECK(run(store.head("a")).has_value());
        }
        CHECK(run(store.remove("b")).has_value());
    }
};

struct side_by_side
{
    result<void> ask_twice_at_once()
    {
        return run(for_each_concurrently(2, 2, [this](std::size_t) {
            return [](s3::s3_store& of) -> task<result<void>> {
                const result<storage::object> got = co_await of.get("a", 10);
                co_return got ? result<void>() : result<void>(got.error());
            }(store);
        }));
    }

    std::shared_ptr<answering_transport> wire = std::make_shared<answering_transport>();
    manual_clock time;
    s3::s3_store store{test_connection(), wire, time};
};

} // namespace

TEST_CASE_METHOD(store_fixture, "the region that a store names is signed for at once and from then on", "[s3]")
{
    SECTION("in an error")
    {
        wire->then(400, wrong_region("eu-west-1"));
    }
    SECTION("in a redirect")
    {
        wire->then(301, refusal("PermanentRedirect"), {{"x-amz-bucket-region", "eu-west-1"}});
    }
    SECTION("in the head of an answer without a body")
    {
        wire->then(400, {}, {{"x-amz-bucket-region", "eu-west-1"}});
    }
    wire->then(200).then(200);
    CHECK(run(store.head("a")).has_value());
    CHECK(run(store.head("b")).has_value());
    REQUIRE(wire->seen.size() == 3);
    CHECK(scope_of(wire->seen[0]) == "20260105/us-east-1/s3/aws4_request");
    CHECK(scope_of(wire->seen[1]) == "20260105/eu-west-1/s3/aws4_request");
    CHECK(scope_of(wire->seen[2]) == "20260105/eu-west-1/s3/aws4_request");
    CHECK(time.slept.empty());
}

TEST_CASE_METHOD(store_fixture, "a store that names one region after another is believed once", "[s3]")
{
    wire->then(400, wrong_region("eu-west-1")).then(400, wrong_region("eu-west-2"));
    const auto outcome = run(store.get("a", 10));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::denied);
    CHECK_THAT(outcome.error().message(), Catch::Contains("check region"));
    CHECK(wire->seen.size() == 2);
}

TEST_CASE_METHOD(store_fixture, "what cannot be a region is not signed for", "[s3]")
{
    wire->then(400, wrong_region("eu/west\n1"));
    CHECK(run(store.get("a", 10)).has_error());
    CHECK(wire->seen.size() == 1);
}

TEST_CASE_METHOD(clock_fixture, "a clock that is off is corrected by the store's date, once", "[s3]")
{
    is_told_their_time();
    REQUIRE(wire->seen.size() == 3);
    CHECK(header(wire->seen[0], "X-Amz-Date") == "20260105T100000Z");
    CHECK(header(wire->seen[1], "X-Amz-Date") == "20260105T104000Z");
    CHECK(header(wire->seen[2], "X-Amz-Date") == "20260105T104000Z");
}

TEST_CASE_METHOD(clock_fixture, "a clock that is set right later is measured anew, down to no offset", "[s3]")
{
    wire->then(403, refusal("RequestTimeTooSkewed"), {{"Date", http_date(theirs)}}).then(200);
    CHECK(run(store.get("a", 10)).has_value());
    time.time = theirs;
    is_told_their_time();
    REQUIRE(wire->seen.size() == 5);
    CHECK(header(wire->seen[2], "X-Amz-Date") == "20260105T112000Z");
    CHECK(header(wire->seen[3], "X-Amz-Date") == "20260105T104000Z");
    CHECK(header(wire->seen[4], "X-Amz-Date") == "20260105T104000Z");
}

TEST_CASE_METHOD(side_by_side, "what a store tells two requests that are under way at once helps both", "[s3]")
{
    SECTION("their region")
    {
        wire->answer = [](const s3::wire_request& request, const std::string&) {
            const bool right = scope_of(request) == "20260105/eu-west-1/s3/aws4_request";
            return right ? answer_with(200) : answer_with(400, wrong_region("eu-west-1"));
        };
    }
    SECTION("their time")
    {
        wire->answer = [this](const s3::wire_request& request, const std::string&) {
            const wall_time theirs = time.time + 40min;
            const bool right = header(request, "X-Amz-Date") == sigv4_timestamp(theirs);
            return right ? answer_with(200)
                         : answer_with(403, refusal("RequestTimeTooSkewed"), {{"Date", http_date(theirs)}});
        };
    }
    CHECK(ask_twice_at_once().has_value());
    CHECK(wire->most_at_once == 2);
    CHECK(wire->seen.size() == 4);
}

TEST_CASE_METHOD(store_fixture, "a store whose date does not help is refused with what to do", "[s3]")
{
    SECTION("it has none")
    {
        wire->then(403, refusal("RequestTimeTooSkewed"));
    }
    SECTION("it is ours")
    {
        wire->then(403, refusal("RequestTimeTooSkewed"), {{"Date", http_date(time.time)}});
    }
    SECTION("it is believed once")
    {
        wire->then(403, refusal("RequestTimeTooSkewed"), {{"Date", http_date(time.time + 1h)}});
        wire->then(403, refusal("RequestTimeTooSkewed"), {{"Date", http_date(time.time + 3h)}});
    }
    const auto outcome = run(store.get("a", 10));
    REQUIRE(outcome.has_error());
    CHECK_THAT(outcome.error().message(), Catch::Contains("set this machine's clock"));
    CHECK(wire->used_up());
}

TEST_CASE_METHOD(store_fixture, "a HEAD that is refused at the right time is not tried again", "[s3]")
{
    wire->then(403, {}, {{"Date", http_date(time.time)}});
    CHECK(run(store.head("a")).error().code() == errc::denied);
    CHECK(wire->seen.size() == 1);
}

TEST_CASE_METHOD(store_fixture, "a store that wants bare ETags is asked so from then on", "[s3]")
{
    wire->then(412, refusal("PreconditionFailed")).then(200, {}, {{"ETag", "\"e2\""}});
    CHECK(run(store.put("a", "x", put_condition::unchanged_since("e1"))).value() == "e2");
    wire->then(200, {}, {{"ETag", "\"e3\""}}).then(412, refusal("PreconditionFailed"));
    CHECK(run(store.put("a", "y", put_condition::unchanged_since("e2"))).value() == "e3");
    CHECK(run(store.put("a", "z", put_condition::unchanged_since("e2"))).error().code() == errc::conflict);
    CHECK(header(wire->seen.at(2), "If-Match") == "e2");
    CHECK(wire->seen.size() == 4);
}

TEST_CASE_METHOD(store_fixture, "Retry-After may be a date of the store's clock", "[s3]")
{
    wire->then(503, {}, {{"Date", http_date(time.time + 1h)}, {"Retry-After", http_date(time.time + 1h + 9s)}})
        .then(204);
    CHECK(run(store.remove("a")).has_value());
    CHECK(time.slept == std::vector<milliseconds>{9s});
}

TEST_CASE_METHOD(store_fixture, "an outage is not made worse by retries, and is over with the first successes", "[s3]")
{
    constexpr int requests = 200;
    std::size_t before = 0;
    for (int i = 0; i < requests; ++i) {
        wire->then(503).then(503).then(503);
        CHECK(run(store.remove("a")).has_error());
        before = wire->seen.size();
        while (!wire->used_up())
            wire->drop_next();
    }
    CHECK(before == requests + 100);
    wire->then(503);
    const auto outcome = run(store.remove("a"));
    CHECK_THAT(outcome.error().message(), Catch::Contains("not tried again, as too many requests have failed lately"));

    for (int i = 0; i < 5; ++i)
        wire->then(204);
    for (int i = 0; i < 5; ++i)
        CHECK(run(store.remove("a")).has_value());
    wire->then(503).then(204);
    CHECK(run(store.remove("a")).has_value());
}

TEST_CASE_METHOD(store_fixture, "a listing that breaks off is asked for again, and a page that is none is not", "[s3]")
{
    SECTION("broken off")
    {
        wire->then(200, "<?xml version=\"1.0\"?><ListBucketResult><Contents><Key>a</Ke")
            .then(200, "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"x\"/>\n");
        CHECK(run(store.list({})).has_value());
    }
    SECTION("broken off every time")
    {
        wire->then(200, "<ListBucketResult>").then(200, "<ListBucketResult>").then(200, "<ListBucketResult>");
        const auto listed = run(store.list({.prefix = "p"}));
        CHECK(listed.error().code() == errc::unavailable);
        CHECK(listed.error().message() ==
              "list p: gave up after 3 attempts: the answer from bucket fleet at http://s3.test breaks off");
    }
    SECTION("a page in between")
    {
        wire->then(200, "<!DOCTYPE html><html><body>Please log in</body></html>");
        const auto listed = run(store.list({.prefix = "p"}));
        CHECK(listed.error().code() == errc::failed);
        CHECK_THAT(listed.error().message(), Catch::Contains("is the endpoint an S3 server"));
    }
    CHECK(wire->used_up());
}

TEST_CASE_METHOD(store_fixture, "a put of bytes says their MD5, and the store's must be the same", "[s3]")
{
    wire->then(200, {}, {{"ETag", "\"d41d8cd98f00b204e9800998ecf8427e\""}});
    const auto put = run(store.put("a", "body", put_condition::always()));
    CHECK(header(wire->seen.at(0), "Content-MD5") == "hBotaJrYa9FhFEdFPCLG/A==");
    REQUIRE(put.has_error());
    CHECK(put.error().message() == "put a: the store has other bytes than were sent; put it again");
}

TEST_CASE("a URL is signed as AWS shows", "[s3]")
{
    manual_clock time;
    time.time = parse_sigv4_timestamp("20130524T000000Z").value();
    s3::connection to = test_connection();
    to.endpoint = net::parse_endpoint("https://s3.amazonaws.com").value();
    to.bucket = "examplebucket";
    to.path_style = false;
    to.account = {"AKIAIOSFODNN7EXAMPLE", secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), {}};
    s3::s3_store store(to, std::make_shared<scripted_transport>(), time);
    CHECK(run(store.presigned_url("GET", "test.txt", 86'400s)).value() ==
          "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
          "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
          "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
          "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    CHECK(run(store.presigned_url("GET", "a", 0s)).error().code() == errc::invalid);
    CHECK(run(store.presigned_url("GET", "a", 604'801s)).error().code() == errc::invalid);
    CHECK(run(store.presigned_url("GET\nX", "a", 60s)).error().code() == errc::invalid);
}

TEST_CASE("a store by address is named with brackets and port", "[s3]")
{
    auto wire = std::make_shared<scripted_transport>();
    manual_clock time;
    s3::connection to = test_connection();
    to.endpoint = net::parse_endpoint("http://[::1]:9000").value();
    s3::s3_store store(to, wire, time);
    wire->then(200);
    CHECK(run(store.head("a")).has_value());
    CHECK(header(wire->seen.at(0), "Host") == "[::1]:9000");
}

TEST_CASE("a bucket is created where Amazon is told of its region, and elsewhere by its name", "[s3]")
{
    auto wire = std::make_shared<scripted_transport>();
    manual_clock time;
    s3::connection to = test_connection();
    to.region = "eu-west-1";
    SECTION("Amazon")
    {
        to.endpoint = net::parse_endpoint("https://s3.eu-west-1.amazonaws.com").value();
    }
    SECTION("another") {}
    s3::s3_store store(to, wire, time);
    wire->then(409, refusal("BucketAlreadyOwnedByYou"));
    CHECK(run(store.create_bucket()).has_value());
    const bool amazon = to.endpoint.tls;
    CHECK((wire->seen.at(0).body.find("<LocationConstraint>eu-west-1</LocationConstraint>") != std::string::npos) ==
          amazon);
}

TEST_CASE_METHOD(store_fixture, "a bucket that is missing, or closed to us, is told", "[s3]")
{
    wire->then(404).then(403).then(200);
    CHECK(run(store.head_bucket()).error().code() == errc::not_found);
    CHECK(run(store.head_bucket()).error().code() == errc::denied);
    CHECK(run(store.head_bucket()).has_value());
}
