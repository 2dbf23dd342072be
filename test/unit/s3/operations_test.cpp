#include "scripted_transport.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/s3/open.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::testing;

namespace {

std::string quoted_md5(const std::string& body)
{
    return '"' + md5_hex(body) + '"';
}

} // namespace

TEST_CASE_METHOD(store_fixture, "an object's ETag, size and time come from the answer's headers", "[s3]")
{
    wire->then(200, "body",
        {{"ETag", quoted_md5("body")}, {"Content-Length", "4"}, {"Last-Modified", "Mon, 05 Jan 2026 09:00:00 GMT"}});
    const auto got = run(store.get("a", 10)).value();
    CHECK(got.body == "body");
    CHECK(got.info.key == "a");
    CHECK(got.info.etag == md5_hex("body"));
    CHECK(got.info.size == 4);
    CHECK(got.info.last_modified == time.time - std::chrono::hours(1));
}

TEST_CASE_METHOD(store_fixture, "bytes that do not match an ETag that is their MD5 are never handed on as good", "[s3]")
{
    const scripted_transport::headers lying{{"ETag", quoted_md5("another")}};
    string_sink to(100);
    SECTION("in memory")
    {
        wire->then(200, "body", lying);
        CHECK(run(store.get("a", 10)).error().message() == "get a: what arrived does not match its ETag");
    }
    SECTION("when changed")
    {
        wire->then(200, "body", lying);
        CHECK(
            run(store.get_if_changed("a", "e", 10)).error().message() == "get a: what arrived does not match its ETag");
    }
    SECTION("streamed")
    {
        wire->then(200, "body", lying);
        CHECK(run(store.get("a", to)).error().message() == "get a: what arrived does not match its ETag");
    }
    SECTION("sent")
    {
        wire->then(200, "", lying);
        string_source from("body");
        CHECK(run(store.put("a", from, 4)).error().code() == errc::failed);
    }
}

TEST_CASE_METHOD(store_fixture, "an ETag that is no MD5 proves nothing", "[s3]")
{
    const auto with = GENERATE(values<scripted_transport::headers>({
        {{"ETag", "\"d41d8cd98f00b204e9800998ecf8427e-2\""}},
        {{"ETag", "\"d41d8cd98f00b204e9800998ecf8427e\""}, {"x-amz-server-side-encryption", "aws:kms"}},
        {{"ETag", "\"d41d8cd98f00b204e9800998ecf8427e\""},
            {"x-amz-server-side-encryption-customer-algorithm", "AES256"}},
        {},
    }));
    wire->then(200, "body", with);
    CHECK(run(store.get("a", 10)).has_value());
}

TEST_CASE_METHOD(store_fixture, "a download of another length than announced is a failure", "[s3]")
{
    wire->then(200, "body", {{"Content-Length", "5"}});
    string_sink to(100);
    CHECK(run(store.get("a", to)).error().message() == "get a: what arrived has not the length that was announced");
}

TEST_CASE_METHOD(store_fixture, "a download without a length has the length that arrived", "[s3]")
{
    wire->then(200, "body", {{"Transfer-Encoding", "chunked"}});
    string_sink to(100);
    CHECK(run(store.get("a", to)).value().size == 4);
}

TEST_CASE_METHOD(store_fixture, "not modified is a value, even without an ETag in the answer", "[s3]")
{
    wire->then(304);
    const auto outcome = run(store.get_if_changed("a", "e1", 10)).value();
    CHECK(std::holds_alternative<storage::not_modified>(outcome));
    CHECK(header(wire->seen.at(0), "If-None-Match") == "\"e1\"");
}

TEST_CASE_METHOD(store_fixture, "a copy names its source encoded, and is signed with it", "[s3]")
{
    wire->then(200, "<CopyObjectResult><ETag>&quot;e1&quot;</ETag></CopyObjectResult>");
    CHECK(run(store.copy("from a+b/ü", "to")).value() == "e1");
    CHECK(header(wire->seen.at(0), "X-Amz-Copy-Source") == "/fleet/from%20a%2Bb/%C3%BC");
    CHECK(header(wire->seen.at(0), "Authorization").find("x-amz-copy-source") != std::string::npos);
}

TEST_CASE_METHOD(store_fixture, "a copy of what was listed says which ETag that was", "[s3]")
{
    wire->then(412, refusal("PreconditionFailed"));
    CHECK(run(store.copy("a", "b", "e1")).error().code() == errc::conflict);
    CHECK(header(wire->seen.at(0), "X-Amz-Copy-Source-If-Match") == "\"e1\"");
}

TEST_CASE_METHOD(store_fixture, "a copy that fails after its 200 is tried again", "[s3]")
{
    wire->then(200, "   " + refusal("InternalError"))
        .then(200, "<CopyObjectResult><ETag>\"e1\"</ETag></CopyObjectResult>");
    CHECK(run(store.copy("a", "b")).value() == "e1");
    CHECK(wire->seen.size() == 2);
}

TEST_CASE_METHOD(store_fixture, "a copy whose 200 refuses is refused with the store's reason", "[s3]")
{
    wire->then(200, refusal("NoSuchKey"));
    const auto outcome = run(store.copy("a", "b"));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::not_found);
    CHECK(outcome.error().message().starts_with("copy a to b: NoSuchKey"));
}

TEST_CASE_METHOD(store_fixture, "many keys go in batches of a thousand, each with its MD5", "[s3]")
{
    const std::string deleted = "<DeleteResult/>";
    wire->then(200, deleted).then(200, deleted).then(200, deleted);
    CHECK(run(store.remove_all(std::vector<std::string>(2001, "k"))).has_value());
    REQUIRE(wire->seen.size() == 3);
    CHECK(wire->seen[0].target == "/fleet?delete=");
    CHECK(header(wire->seen[0], "Content-MD5") == md5_base64(wire->seen[0].body));
    CHECK(wire->seen[2].body == "<?xml version=\"1.0\"?><Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                                "<Object><Key>k</Key></Object><Quiet>true</Quiet></Delete>");
}

TEST_CASE_METHOD(store_fixture, "a key that XML would change is removed by its path alone", "[s3]")
{
    wire->then(204).then(200, "<DeleteResult/>");
    CHECK(run(store.remove_all({"plain", std::string("a\0b", 3)})).has_value());
    REQUIRE(wire->seen.size() == 2);
    CHECK(wire->seen[0].target == "/fleet/a%00b");
    CHECK(wire->seen[1].body.find("<Key>plain</Key>") != std::string::npos);
}

TEST_CASE_METHOD(store_fixture, "a key that could not be removed is named with the reason", "[s3]")
{
    wire->then(200, "<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
                    "</DeleteResult>");
    const auto outcome = run(store.remove_all({"a", "b"}));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().message() == "remove 2 objects: b: AccessDenied (no)");
}

TEST_CASE_METHOD(store_fixture, "nothing to remove asks for nothing", "[s3]")
{
    CHECK(run(store.remove_all({})).has_value());
    CHECK(wire->seen.empty());
}

TEST_CASE_METHOD(store_fixture, "a listing that does not move on is a failure, not an endless loop", "[s3]")
{
    const std::string page = "<ListBucketResult><IsTruncated>true</IsTruncated>"
                             "<NextContinuationToken>t</NextContinuationToken></ListBucketResult>";
    wire->then(200, page).then(200, page);
    CHECK(run(storage::list_all(store, "p/")).error().code() == errc::failed);
    CHECK(wire->seen.size() == 2);
}

TEST_CASE_METHOD(store_fixture, "a listing asks with its parameters sorted and encoded once", "[s3]")
{
    wire->then(200, "<ListBucketResult/>");
    CHECK(run(store.list({.prefix = "a b/", .delimiter = "/", .continuation = "t/+="})).has_value());
    CHECK(wire->seen.at(0).target == "/fleet?continuation-token=t%2F%2B%3D&delimiter=%2F&encoding-type=url&list-type=2"
                                     "&max-keys=1000&prefix=a%20b%2F");
}

TEST_CASE("with virtual-hosted style the bucket is in the host, not in the path", "[s3]")
{
    auto wire = std::make_shared<scripted_transport>();
    manual_clock time;
    s3::connection to = test_connection();
    to.path_style = false;
    to.account.session_token = secret("token");
    s3::s3_store store(to, wire, time);
    wire->then(200).then(200, "<ListBucketResult/>");
    static_cast<void>(run(store.head("a/b")));
    static_cast<void>(run(store.list({})));
    CHECK(wire->seen.at(0).target == "/a/b");
    CHECK(header(wire->seen.at(0), "Host") == "fleet.s3.test");
    CHECK(header(wire->seen.at(0), "X-Amz-Security-Token") == "token");
    CHECK(wire->seen.at(1).target.starts_with("/?"));
}

TEST_CASE("a key is encoded byte by byte, its slashes and dots kept", "[s3]")
{
    auto wire = std::make_shared<scripted_transport>();
    manual_clock time;
    s3::s3_store store(test_connection(), wire, time);
    wire->then(200);
    static_cast<void>(run(store.head("a//../b c+%~=&?#ü/")));
    CHECK(wire->seen.at(0).target == "/fleet/a//../b%20c%2B%25~%3D%26%3F%23%C3%BC/");
}

TEST_CASE("a connection that cannot work is refused before anything is sent", "[s3]")
{
    manual_clock time;
    s3::connection to = test_connection();
    SECTION("no bucket")
    {
        to.bucket = "";
    }
    SECTION("a slash in the bucket")
    {
        to.bucket = "a/b";
    }
    SECTION("a line break in the bucket")
    {
        to.bucket = "a\r\nX: y";
    }
    SECTION("a dot segment as bucket")
    {
        to.bucket = "..";
    }
    SECTION("an address with virtual-hosted style")
    {
        to.path_style = false;
        to.endpoint = net::parse_endpoint("http://127.0.0.1:9000").value();
    }
    const auto opened = s3::open(to, time);
    REQUIRE(opened.has_error());
    CHECK(opened.error().code() == errc::invalid);
}

TEST_CASE("certificates that cannot be loaded are told before anything is sent", "[s3]")
{
    manual_clock time;
    s3::connection to = test_connection();
    to.endpoint = net::parse_endpoint("https://s3.test").value();
    to.ca_file = "/nowhere/ca.pem";
    const auto opened = s3::open(to, time);
    REQUIRE(opened.has_error());
    CHECK_THAT(opened.error().message(), Catch::Contains("/nowhere/ca.pem"));
}
