#include "port.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace fleetman;
using http::status;
using http::verb;
using testing::answer;
using testing::port;
using testing::request_fields;
using testing::run;

namespace {

// A version, its snapshot in a cell, an override and an object of the bucket: the same ten bytes, everywhere that a
// file can be downloaded from.
struct downloads : port
{
    const std::vector<std::string> places{"/manifests/site/versions/v1.0.0/files/index.html",
        "/cells/node01/www/versions/v1.0.0/files/index.html", "/cells/node01/www/overrides/other.txt",
        "/buckets/main/objects/staging/file"};

    downloads()
    {
        configure();
        REQUIRE(post("/manifests/site/versions", R"({"version":"v1.0.0"})").code == status::created);
        REQUIRE(put("/manifests/site/versions/v1.0.0/files/index.html", "0123456789").code == status::ok);
        REQUIRE(post("/manifests/site/versions/v1.0.0/finalize").code == status::ok);
        REQUIRE(post("/manifests/site/versions/v1.0.0/publish?wait=10", R"({"all":true})").code == status::ok);
        REQUIRE(put("/cells/node01/www/overrides/other.txt", "0123456789").code == status::ok);
        REQUIRE(put("/buckets/main/objects/staging/file", "0123456789").code == status::ok);
    }

    answer put_chunked(const std::string& path, std::string body)
    {
        http::request request = request_for(verb::put, "/api/v1" + path, {{"Transfer-Encoding", "chunked"}});
        string_source source(std::move(body));
        request.body = &source;
        http::response given = run(application.serve(request));
        return {given.code, given.fields, std::get<std::string>(given.body)};
    }
};

} // namespace

TEST_CASE_METHOD(downloads, "a part of any file can be downloaded", "[api][range]")
{
    for (const std::string& place : places) {
        CAPTURE(place);
        const answer whole = get(place);
        CHECK(whole.text == "0123456789");
        CHECK(whole.field("Accept-Ranges") == "bytes");

        const answer part = get(place, {{"Range", "bytes=2-4"}});
        CHECK(part.code == status::partial_content);
        CHECK(part.text == "234");
        CHECK(part.field("Content-Range") == "bytes 2-4/10");
        CHECK(part.field("ETag") == whole.field("ETag"));
        CHECK(get(place, {{"Range", "bytes=-3"}}).text == "789");
        CHECK(get(place, {{"Range", "bytes=7-"}}).text == "789");

        const answer none = get(place, {{"Range", "bytes=10-"}});
        CHECK(none.code == status::range_not_satisfiable);
        CHECK(none.field("Content-Range") == "bytes */10");
        CHECK(get(place, {{"Range", "bytes=1-2,4-5"}}).code == status::ok);
        CHECK(call(verb::head, "/api/v1" + place, "", {{"Range", "bytes=2-4"}}).code == status::ok);
    }
}

TEST_CASE_METHOD(downloads, "a download goes on only with the same file", "[api][range]")
{
    const std::string& place = places.back();
    const answer whole = get(place);
    const auto part = [&](const std::string& condition) {
        return get(place, {{"Range", "bytes=5-"}, {"If-Range", condition}});
    };
    CHECK(part(whole.field("ETag")).text == "56789");
    CHECK(part(whole.field("Last-Modified")).text == "56789");
    CHECK(part("W/" + whole.field("ETag")).text == "0123456789");
    CHECK(part("\"another\"").text == "0123456789");
    CHECK(part("Mon, 05 Jan 2015 10:00:00 GMT").text == "0123456789");
}

TEST_CASE_METHOD(downloads, "an upload need not tell its length", "[api][upload]")
{
    REQUIRE(post("/manifests/site/versions", R"({"version":"v2.0.0"})").code == status::created);
    const std::string body(300'000, 'x');
    for (const std::string place :
        {"/manifests/site/versions/v2.0.0/files/index.html", "/manifests/site/versions/v2.0.0/files/other",
            "/cells/node01/www/overrides/new.txt", "/buckets/main/objects/staging/new"}) {
        CAPTURE(place);
        CHECK(put_chunked(place, body).code == status::ok);
        CHECK(get(place).text == body);
    }
}

TEST_CASE_METHOD(downloads, "only a few uploads of unknown length are received at once", "[api][upload]")
{
    std::vector<std::shared_ptr<void>> all;
    while (auto one = app.uploads.enter())
        all.push_back(std::move(one));
    CHECK(all.size() == 16);
    CHECK(put_chunked("/buckets/main/objects/x", "x").code == status::service_unavailable);
    all.pop_back();
    CHECK(put_chunked("/buckets/main/objects/x", "x").code == status::ok);
    CHECK(app.uploads.enter() != nullptr);
}

TEST_CASE_METHOD(downloads, "an upload that ends early leaves the file as it was", "[api][upload]")
{
    REQUIRE(post("/manifests/site/versions", R"({"version":"v2.0.0"})").code == status::created);
    const std::string place = "/manifests/site/versions/v2.0.0/files/";
    for (const std::string file : {"index.html", "binary"}) {
        CAPTURE(file);
        REQUIRE(put(place + file, "before").code == status::ok);
        http::request request = request_for(verb::put, "/api/v1" + place + file, {});
        struct broken final : byte_source
        {
            bool begun = false;
            task<result<std::string>> read(std::size_t) override
            {
                if (std::exchange(begun, true))
                    co_return error(errc::unavailable, "the connection ended inside the request's body");
                co_return std::string("half");
            }
        } body;
        request.content_length = 100;
        request.body = &body;
        CHECK(run(application.serve(request)).code == status::service_unavailable);
        CHECK(get(place + file).text == "before");
    }
}
