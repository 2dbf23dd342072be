#include "port.hpp"

#include <fleetman/core/text.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <set>

using namespace fleetman;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using testing::answer;
using testing::port;
using testing::request_fields;
using testing::run;
namespace json = boost::json;

TEST_CASE_METHOD(port, "from a bucket to a published cell by the API alone", "[api]")
{
    configure();
    finalize();
    const answer published = post("/manifests/site/versions/v1.0.0/publish?wait=10", R"({"cells":["node01/www"]})");

    CHECK(published.code == status::ok);
    CHECK(published.body().at("state") == "succeeded");
    CHECK(published.body().at("results").at(0).at("cell") == "node01/www");
    const json::value cell = get("/cells/node01/www").body();
    CHECK(cell.at("trigger_version") == "v1.0.0");
    CHECK(cell.at("state") == "agent_silent");
    CHECK(get("/cells/node01/www/versions").body().at("items").at(0).at("triggered") == true);
    CHECK(get("/manifests/site/versions").body().at("items").at(0).at("state") == "finalized");
    CHECK(get("/manifests/site/versions/v1.0.0/files/index.html").text == "<p>1</p>");
}

TEST_CASE_METHOD(port, "without wait publishing is accepted, and the operation is where Location says", "[api]")
{
    configure();
    finalize();
    const answer begun = post("/cells/node01/www/publish", R"({"version":"v1.0.0"})");

    CHECK(begun.code == status::accepted);
    const std::string at = begun.field("Location").substr(std::string("/api/v1").size());
    CHECK(get(at + "?wait=10").body().at("state") == "succeeded");
    CHECK(get("/operations").body().at("items").at(0).at("id") == begun.body().at("id"));
}

TEST_CASE_METHOD(port, "credentials go in and never come out", "[api]")
{
    configure();
    const answer shown = get("/buckets/main");

    CHECK(shown.text.find("top-secret") == std::string::npos);
    CHECK(shown.body().at("secret_key").is_null());
    CHECK(shown.body().at("access_key") == "*******MPLE");

    // Sent back as it was shown, it keeps them.
    CHECK(put("/buckets/main", shown.text).code == status::ok);
    const auto& kept = app.names.config().buckets.begin()->second;
    CHECK(kept.access_key == "AKIAEXAMPLE");
    CHECK(kept.secret_key.reveal() == "top-secret");
}

TEST_CASE_METHOD(port, "an unchanged thing is 304, a stale change is 412", "[api]")
{
    configure();
    const std::string tag = get("/manifests/site").field("ETag");
    const std::string changed = R"({"bucket":"main","profile":"deploy","max_log_lines":5,
        "files":[{"path":"index.html","file_type":"text"}]})";

    CHECK(get("/manifests/site", {{"If-None-Match", tag}}).code == status::not_modified);
    CHECK(put("/manifests/site", changed, {{"If-Match", tag}}).code == status::ok);
    CHECK(get("/manifests/site", {{"If-None-Match", tag}}).code == status::ok);
    const answer stale = put("/manifests/site", changed, {{"If-Match", tag}});
    CHECK(stale.code == status::precondition_failed);
    CHECK(stale.field("Content-Type") == "application/problem+json");
}

TEST_CASE_METHOD(port, "of two changes of what both have read only one is made", "[api]")
{
    configure();
    REQUIRE(post("/resource-profiles", R"({"name":"small","cpu":"200m"})").code == status::created);
    const request_fields as_read{{"If-Match", get("/resource-profiles/small").field("ETag")}};
    CHECK(put_twice_at_once("/resource-profiles/small", R"({"cpu":"300m"})", as_read) == std::array{200U, 412U});

    const answer site = get("/manifests/site");
    CHECK(put_twice_at_once("/manifests/site",
              R"({"bucket":"main","profile":"deploy","files":[{"path":"b.html","file_type":"text"}]})",
              {{"If-Match", site.field("ETag")}}) == std::array{200U, 412U});
}

TEST_CASE_METHOD(port, "a change is compared with the file as somebody has just edited it", "[api]")
{
    configure();
    const request_fields as_read{{"If-Match", get("/cells/node01/www").field("ETag")}};
    REQUIRE(post("/manifests", R"({"name":"blog","bucket":"main","profile":"deploy",
        "files":[{"path":"index.html","file_type":"text"}]})")
                .code == status::created);
    auto by_hand = config::controller_config_file::open(folder.path / "controller_config.yaml").value();
    by_hand.set(model::cell_ref::parse("node01/www").value(),
        config::cell{model::bucket_name::parse("main").value(), model::manifest_name::parse("blog").value()});
    by_hand.save().value();

    CHECK(call(verb::patch, "/api/v1/cells/node01/www", R"({"manifest":"site"})", as_read).code ==
          status::precondition_failed);
}

TEST_CASE_METHOD(port, "a version that has changed since it was read is not deleted", "[api]")
{
    configure();
    REQUIRE(post("/manifests/site/versions", R"({"version":"v1.0.0"})").code == status::created);
    const std::string version = "/manifests/site/versions/v1.0.0";
    const request_fields as_read{{"If-Match", get(version).field("ETag")}};
    REQUIRE(put(version + "/files/index.html", "<p>1</p>").code == status::ok);

    CHECK(remove(version, as_read).code == status::precondition_failed);
    CHECK(remove(version, {{"If-Match", get(version).field("ETag")}}).code == status::no_content);
}

TEST_CASE_METHOD(port, "a cell's tag still allows a change when only its state has moved on", "[api]")
{
    configure();
    finalize();
    const std::string tag = get("/cells/node01/www").field("ETag");
    post("/cells/node01/www/publish?wait=10", R"({"version":"v1.0.0"})");

    CHECK(get("/cells/node01/www", {{"If-None-Match", tag}}).code == status::ok);
    CHECK(call(verb::patch, "/api/v1/cells/node01/www", R"({"manifest":"site"})", {{"If-Match", tag}}).code ==
          status::ok);
}

TEST_CASE_METHOD(port, "what is wrong with a body is said field by field", "[api]")
{
    const answer refused = post("/buckets", R"({"name":"main","endpoint":5,"prefix":"a/b","path_style":"yes"})");

    CHECK(refused.code == status::unprocessable_entity);
    std::vector<std::string> fields;
    const json::value problem = refused.body();
    for (const json::value& one : problem.at("errors").as_array())
        fields.emplace_back(one.at("field").as_string());
    CHECK(fields ==
          std::vector<std::string>{"prefix", "bucket_name", "endpoint", "access_key", "secret_key", "path_style"});
    CHECK(refused.body().at("instance") == "/api/v1/buckets");
    CHECK(post("/buckets", "not json").code == status::unprocessable_entity);
    CHECK(post("/buckets", "[]").code == status::unprocessable_entity);
    CHECK(post("/buckets", std::string(5'000'000, ' ')).code == status::payload_too_large);
}

TEST_CASE_METHOD(port, "each refusal has the status that fits it", "[api]")
{
    configure();
    CHECK(get("/cells/node01/nope").code == status::not_found);
    CHECK(get("/cells/node01/www/status").code == status::not_found);
    CHECK(get("/nothing/here").code == status::not_found);
    CHECK(get("/cells/node01/%2e%2e").code == status::unprocessable_entity);
    CHECK(get("/cells?limit=0").code == status::unprocessable_entity);
    CHECK(get("/cells?state=happy").code == status::unprocessable_entity);
    CHECK(post("/cells", R"({"node_id":"node01","cell_id":"www","bucket":"main","manifest":"site"})").code ==
          status::conflict);
    CHECK(post("/cells", R"({"node_id":".x","cell_id":"www","bucket":"main","manifest":"site"})").code ==
          status::unprocessable_entity);
    CHECK(remove("/buckets/main").code == status::conflict);
    CHECK(post("/manifests/site/versions", R"({"version":"v1.02.0"})").code == status::unprocessable_entity);
    CHECK(post("/cells/node01/www/publish", R"({"version":"v1.0.0"})").code == status::not_found);
    const answer method = call(verb::put, "/api/v1/agents");
    CHECK(method.code == status::method_not_allowed);
    CHECK(method.field("Allow") == "GET");
}

TEST_CASE_METHOD(port, "what a store answers is passed on in its words", "[api]")
{
    configure();
    store().before = [](const std::string&, const std::string&) {
        return result<void>(
            error(errc::denied, "list: access denied").with_store_fault({"AccessDenied", "Access Denied.", "REQ1"}));
    };
    const answer refused = get("/manifests/site/versions");

    CHECK(refused.code == status::bad_gateway);
    CHECK(refused.body().at("s3").at("code") == "AccessDenied");
    CHECK(refused.body().at("s3").at("request_id") == "REQ1");
    store().before = nullptr;
}

TEST_CASE_METHOD(port, "a browser's request for another site's page changes nothing", "[api]")
{
    const std::string body = R"({"name":"small","cpu":"500m"})";
    const auto from = [&](const std::string& origin) {
        return call(verb::post, "/api/v1/resource-profiles", body, {{"Origin", origin}}).code;
    };
    CHECK(from("http://evil.example") == status::forbidden);
    CHECK(from("null") == status::forbidden);
    CHECK(app.names.config().resource_profiles.empty());
    CHECK(from("http://127.0.0.1:3000") == status::created);
}

TEST_CASE_METHOD(port, "without a login only this machine's own names lead to the API", "[api]")
{
    for (const char* const ours : {"localhost:3000", "LOCALHOST", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:3000"})
        CHECK(get("/agents", {{"Host", ours}}).code == status::ok);
    for (const char* const theirs : {"evil.example", "evil.example:3000", "127.0.0.1.evil.example", "192.0.2.1:3000",
             "localhost.evil.example", "[2001:db8::1]:3000", "::1"})
        CHECK(get("/agents", {{"Host", theirs}}).code == status::misdirected_request);
    CHECK(get("/agents", {{"Host", "evil.example"}}).field("Content-Type") == "application/problem+json");
}

TEST_CASE_METHOD(port, "every answer forbids foreign scripts and frames", "[api]")
{
    for (const char* path : {"/", "/assets/0123/page.mjs", "/healthz", "/api/v1/agents", "/nothing"}) {
        const answer given = call(verb::get, path);
        CAPTURE(path);
        CHECK(given.field("Content-Security-Policy").starts_with("default-src 'none'; script-src 'self';"));
        CHECK(given.field("X-Content-Type-Options") == "nosniff");
    }
}

TEST_CASE_METHOD(
    port, "the page's files are found by their exact names, and kept by browsers for ever but for the first", "[api]")
{
    const answer index = call(verb::get, "/");
    CHECK(index.text == "<!doctype html>");
    CHECK(index.field("Cache-Control") == "no-cache");
    const answer module = call(verb::get, "/assets/0123/page.mjs");
    CHECK(module.field("Content-Type") == "text/javascript; charset=utf-8");
    CHECK(module.field("Cache-Control") == "public, max-age=31536000, immutable");
    CHECK(call(verb::get, "/assets/..%2fsecret").code == status::unprocessable_entity);
    for (const char* const none :
        {"/assets/0123", "/assets/0123/other.mjs", "/assets/4567/page.mjs", "/assets/page.mjs"})
        CHECK(call(verb::get, none).code == status::not_found);
}

TEST_CASE_METHOD(port, "the page's files are sent as small as the browser takes them", "[api]")
{
    const auto with = [this](const std::string& accepted) {
        const answer given = call(verb::get, "/assets/0123/page.mjs", "", {{"Accept-Encoding", accepted}});
        CHECK(given.field("Vary") == "Accept-Encoding");
        CHECK(given.field("Content-Encoding") == (given.text == "as gzip"    ? "gzip"
                                                     : given.text == "as br" ? "br"
                                                                             : ""));
        return given;
    };
    CHECK(with("").text == "export {};");
    CHECK(with("deflate, brotli").text == "export {};");
    CHECK(with("gzip, deflate").text == "as gzip");
    CHECK(with("gzip, deflate, br, zstd").field("Content-Encoding") == "br");
    CHECK(with("gzip;q=0.5, br;q=0").text == "as gzip");
    CHECK(with("gzip;q=0, br;q=0.000").text == "export {};");
    for (const char* const willing : {"deflate, GZIP", "zstd;q=1.0, gzip;q=0.5", "gzip; q=0.001"})
        CHECK(with(willing).text == "as gzip");
    for (const char* const unwilling : {"identity", "gzip;q=0", "gzip ; q=0.00", "gzipped", ",,;"})
        CHECK(with(unwilling).text == "export {};");
    const std::string tag = with("gzip").field("ETag");
    CHECK(tag != with("br").field("ETag"));
    CHECK(call(verb::get, "/assets/0123/page.mjs", "", {{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}}).code ==
          status::not_modified);
}

TEST_CASE_METHOD(port, "lists come in pages that hold everything once", "[api]")
{
    configure();
    for (const char* name : {"a", "b", "c", "d"})
        REQUIRE(post("/resource-profiles", std::string(R"({"name":")") + name + R"("})").code == status::created);

    std::string all;
    const auto take = [&all](const json::value& part) {
        for (const json::value& one : part.at("items").as_array())
            all += std::string(one.at("name").as_string());
        return part.at("next");
    };
    const json::value next = take(get("/resource-profiles?limit=3").body());
    CHECK(next == "c");
    CHECK(take(get("/resource-profiles?after=c").body()).is_null());
    CHECK(all == "abcd");
}

TEST_CASE_METHOD(port, "the description names every route, and no other", "[api]")
{
    std::set<std::string> in_description;
    for (const auto& [path, item] : described.paths())
        for (const auto& [method, operation] : item.as_object())
            if (method != "parameters")
                in_description.insert(std::string(method) + ' ' + std::string(path));

    std::set<std::string> served;
    for (const auto& route : application.routes().routes()) {
        const std::string path = described_path(route->pattern);
        if (!path.empty())
            served.insert(lower_case(to_string(route->method)) + ' ' + path);
    }
    CHECK(served == in_description);
}

TEST_CASE_METHOD(port, "agents are shown with their state from the newest heartbeat", "[api]")
{
    configure();
    CHECK(call(verb::get, "/readyz").code == status::service_unavailable); // nobody has looked yet
    testing::controller::put("prod/agents/node01.json",
        R"({"report_timestamp":1767607000,"node_id":"node01","cells":[]})"); // 200 s before the clock's time
    run(app.fleet.refresh());

    CHECK(call(verb::get, "/readyz").code == status::ok);
    CHECK(get("/agents/node01").body().at("state") == "warning");
    CHECK(get("/agents?state=active,dead").body().at("items").as_array().empty());
    CHECK(get("/agents?state=warning").body().at("items").as_array().size() == 1);
    CHECK(get("/agents/node02").code == status::not_found);
}

TEST_CASE_METHOD(port, "only a dead agent is taken off the lists without force", "[api]")
{
    configure();
    const auto beat = [this](const std::string& node, const std::string& at) {
        testing::controller::put("prod/agents/" + node + ".json",
            R"({"report_timestamp":)" + at + R"(,"node_id":")" + node + R"(","cells":[]})");
    };
    beat("late", "1767607000"); // 200 s before the clock's time
    beat("gone", "1767600000");
    run(app.fleet.refresh());

    CHECK(remove("/agents/late").code == status::conflict);
    CHECK(call(verb::delete_, "/api/v1/agents/late?force=yes").code == status::unprocessable_entity);
    CHECK(remove("/agents/gone").code == status::no_content);
    CHECK(get("/agents/gone").code == status::not_found);
    CHECK_FALSE(store().contains("prod/agents/gone.json"));
    CHECK(store().contains("prod/agents/late.json"));
    CHECK(call(verb::delete_, "/api/v1/agents/late?force=true").code == status::no_content);
    CHECK(remove("/agents/late").code == status::not_found);
}

TEST_CASE_METHOD(port, "an agent that has come back since it was read is not taken off the lists", "[api][if-match]")
{
    configure();
    const auto beat = [this](std::int64_t at) {
        testing::controller::put("prod/agents/node01.json",
            R"({"report_timestamp":)" + std::to_string(at) + R"(,"node_id":"node01","cells":[]})");
        run(app.fleet.refresh());
    };
    const std::string path = "/agents/node01";
    beat(1767600000);
    const std::string as_dead = get(path).field("ETag");
    beat(1767607200);
    CHECK(remove(path + "?force=true", {{"If-Match", as_dead}}).code == status::precondition_failed);
    const std::string as_active = get(path).field("ETag");
    beat(1767607201); // another report, and nothing new in it
    CHECK(remove(path, {{"If-Match", as_active}}).code == status::conflict);
    CHECK(remove(path + "?force=true", {{"If-Match", as_active}}).code == status::no_content);
}

TEST_CASE_METHOD(port, "a published version of a cell is shown file by file, with what was overridden", "[api]")
{
    configure();
    finalize();
    REQUIRE(put("/cells/node01/www/overrides/index.html", "<p>ours</p>").code == status::ok);
    REQUIRE(
        call(verb::patch, "/api/v1/cells/node01/www/overrides/index.html", R"({"mode":"0640"})").code == status::ok);
    REQUIRE(post("/manifests/site/versions/v1.0.0/publish?wait=10", R"({"all":true})").code == status::ok);
    const std::string version = "/cells/node01/www/versions/v1.0.0";

    const answer shown = get(version);
    CHECK(shown.body().at("triggered") == true);
    const json::value file = shown.body().at("files").at(0);
    CHECK(file.at("path") == "index.html");
    CHECK(file.at("overridden") == true);
    CHECK(file.at("mode") == "0640");
    CHECK(get(version, {{"If-None-Match", shown.field("ETag")}}).code == status::not_modified);
    CHECK(get(version + "/files/index.html").text == "<p>ours</p>");
    CHECK(get(version + "/files/other").code == status::not_found);
    CHECK(get("/cells/node01/www/versions/v2.0.0").code == status::not_found);

    CHECK(call(verb::delete_, "/api/v1" + version + "?force=true", "", {{"If-Match", "\"0000.0000\""}}).code ==
          status::precondition_failed);
    CHECK(call(verb::delete_, "/api/v1" + version + "?force=true", "", {{"If-Match", shown.field("ETag")}}).code ==
          status::no_content);
}
