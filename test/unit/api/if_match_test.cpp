#include "port.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace fleetman;
using http::status;
using http::verb;
using testing::answer;
using testing::port;
using testing::request_fields;

namespace {

// Something that two people may have open, and a change that one of them makes.
struct editable_thing
{
    std::string name;
    std::string path; // whose ETag is read
    verb method;
    std::string target;
    std::string body;
    std::string other; // the same change, otherwise
};

const std::string site = R"({"bucket":"main","profile":"deploy","files":[{"path":"index.html","file_type":"text"}]})";
const std::string connection = R"({"bucket_name":"fleet","endpoint":"http://127.0.0.1:9000","prefix":"prod",
    "access_key":"KEY","secret_key":"SECRET","region":")";

const editable_thing things[] = {
    {"bucket connection", "/buckets/main", verb::put, "/buckets/main", connection + "a\"}", connection + "b\"}"},
    {"resource profile", "/resource-profiles/small", verb::put, "/resource-profiles/small", R"({"cpu":"300m"})",
        R"({"cpu":"400m"})"},
    {"manifest", "/manifests/site", verb::put, "/manifests/site",
        R"({"bucket":"main","profile":"deploy","max_log_lines":5,"files":[{"path":"index.html","file_type":"text"}]})",
        site},
    {"cell", "/cells/node01/www", verb::patch, "/cells/node01/www", R"({"manifest":"blog"})", R"({"manifest":"site"})"},
    {"file of a draft", "/manifests/site/versions/v1.0.0/files/index.html", verb::put,
        "/manifests/site/versions/v1.0.0/files/index.html", "mine", "theirs"},
    {"binary file of a draft", "/manifests/site/versions/v1.0.0/files/binary", verb::put,
        "/manifests/site/versions/v1.0.0/files/binary", "mine", "theirs"},
    {"copied file of a draft", "/manifests/site/versions/v1.0.0/files/binary", verb::post,
        "/manifests/site/versions/v1.0.0/files/binary/copy", R"({"staging":"a"})", R"({"staging":"b"})"},
    {"generated file of a draft", "/manifests/site/versions/v1.0.0/files/run.sh", verb::post,
        "/manifests/site/versions/v1.0.0/service-file", R"({"path":"run.sh","variables":{"command":"./a"}})",
        R"({"path":"run.sh","variables":{"command":"./b"}})"},
    {"override", "/cells/node01/www/overrides/index.html", verb::put, "/cells/node01/www/overrides/index.html", "mine",
        "theirs"},
    {"rights of an override", "/cells/node01/www/overrides/index.html", verb::patch,
        "/cells/node01/www/overrides/index.html", R"({"mode":"0644"})", R"({"mode":"0640"})"},
    {"object", "/buckets/main/objects/notes", verb::put, "/buckets/main/objects/notes", "mine", "theirs"},
};

struct edited : port
{
    edited()
    {
        configure();
        REQUIRE(post("/manifests", R"({"name":"blog","bucket":"main","profile":"deploy","files":[]})").code ==
                status::created);
        REQUIRE(post("/resource-profiles", R"({"name":"small","cpu":"200m"})").code == status::created);
        REQUIRE(post("/manifests/site/versions", R"({"version":"v1.0.0"})").code == status::created);
        for (const char* const file : {"index.html", "binary", "run.sh"})
            REQUIRE(put(std::string("/manifests/site/versions/v1.0.0/files/") + file, "0").code == status::ok);
        REQUIRE(put("/cells/node01/www/overrides/index.html", "0").code == status::ok);
        for (const char* const key : {"notes", "staging/a", "staging/b"})
            REQUIRE(put(std::string("/buckets/main/objects/") + key, key).code == status::ok);
    }

    answer change(const editable_thing& thing, const std::string& body, const std::string& tag)
    {
        return call(thing.method, "/api/v1" + thing.target, body, {{"If-Match", tag}});
    }
};

} // namespace

TEST_CASE_METHOD(edited, "of two who have read the same thing only the first changes it", "[api][if-match]")
{
    for (const editable_thing& thing : things) {
        CAPTURE(thing.name);
        const std::string tag = get(thing.path).field("ETag");
        REQUIRE_FALSE(tag.empty());
        CHECK(change(thing, thing.body, tag).code == status::ok);
        const answer second = change(thing, thing.other, tag);
        CHECK(second.code == status::precondition_failed);
        CHECK(second.field("Content-Type") == "application/problem+json");
        CHECK(change(thing, thing.other, get(thing.path).field("ETag")).code == status::ok);
        CHECK(change(thing, thing.body, "*").code == status::ok);
    }
}

TEST_CASE_METHOD(edited, "what has changed since it was read is not deleted", "[api][if-match]")
{
    REQUIRE(
        post("/manifests", R"({"name":"wiki","bucket":"main","profile":"deploy","files":[]})").code == status::created);
    REQUIRE(post("/buckets", R"({"name":"spare","bucket_name":"fleet","endpoint":"http://127.0.0.1:9000",
        "access_key":"KEY","secret_key":"SECRET","prefix":"spare"})")
                .code == status::created);
    for (const std::string path : {"/manifests/site/versions/v1.0.0/files/binary", "/manifests/site/versions/v1.0.0",
             "/resource-profiles/small", "/cells/node01/www/overrides/index.html", "/cells/node01/www",
             "/manifests/wiki", "/buckets/spare", "/buckets/main/objects/notes"}) {
        CAPTURE(path);
        CHECK(remove(path, {{"If-Match", "\"0000000000000000\""}}).code == status::precondition_failed);
        CHECK(remove(path, {{"If-Match", get(path).field("ETag")}}).code == status::no_content);
        CHECK(get(path).code == status::not_found);
    }
}

TEST_CASE_METHOD(edited, "what is not there has no tag", "[api][if-match]")
{
    for (const char* const tag : {"\"0\"", "*"}) {
        CHECK(put("/manifests/site/versions/v1.0.0/files/new", "x", {{"If-Match", tag}}).code ==
              status::precondition_failed);
        CHECK(put("/cells/node01/www/overrides/new", "x", {{"If-Match", tag}}).code == status::precondition_failed);
        CHECK(put("/buckets/main/objects/new", "x", {{"If-Match", tag}}).code == status::precondition_failed);
    }
    CHECK(get("/buckets/main/objects/new").code == status::not_found);
}

TEST_CASE_METHOD(edited, "a change of rights is a change of the override", "[api][if-match]")
{
    const std::string path = "/cells/node01/www/overrides/index.html";
    const std::string tag = get(path).field("ETag");
    const answer changed = call(verb::patch, "/api/v1" + path, R"({"mode":"0640"})", {{"If-Match", tag}});
    REQUIRE(changed.code == status::ok);
    CHECK(put(path, "x", {{"If-Match", tag}}).code == status::precondition_failed);
    CHECK(get(path).field("ETag") == changed.field("ETag"));
    CHECK(get("/cells/node01/www/overrides").body().at("items").at(0).at("etag") == changed.body().at("etag"));
    CHECK(put(path, "x", {{"If-Match", changed.field("ETag")}}).code == status::ok);
}

TEST_CASE_METHOD(edited, "of sixteen writers at once of what all have read one succeeds", "[api][if-match]")
{
    for (const std::string path :
        {"/manifests/site/versions/v1.0.0/files/index.html", "/manifests/site/versions/v1.0.0/files/binary",
            "/cells/node01/www/overrides/index.html", "/buckets/main/objects/notes"}) {
        CAPTURE(path);
        const request_fields as_read{{"If-Match", get(path).field("ETag")}};
        const std::vector<unsigned> codes = put_at_once(path, 16, as_read);
        CHECK(std::ranges::count(codes, 200U) == 1);
        CHECK(std::ranges::count(codes, 412U) == 15);
    }
    const request_fields as_read{{"If-Match", get("/manifests/site").field("ETag")}};
    std::vector<std::string> bodies;
    for (int i = 0; i < 16; ++i)
        bodies.push_back(
            R"({"bucket":"main","profile":"deploy","files":[],"max_log_lines":)" + std::to_string(i + 100) + '}');
    const std::vector<unsigned> codes = put_at_once("/manifests/site", bodies, as_read);
    CHECK(std::ranges::count(codes, 200U) == 1);
    CHECK(std::ranges::count(codes, 412U) == 15);
}
