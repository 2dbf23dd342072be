#include <fleetman/api/application.hpp>
#include <fleetman/testing/controller.hpp>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

using namespace fleetman;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using testing::run;
namespace json = boost::json;

namespace {

constexpr std::array<api::embedded_file, 2> page{{{"index.html", "<!doctype html>"}, {"page.mjs", "export {};"}}};

struct answer
{
    status code{};
    http::headers fields;
    std::string text;

    json::value body() const { return json::parse(text); }
    std::string detail() const { return std::string(body().at("detail").as_string()); }
    std::string field(const char* name) const { return std::string(fields[name]); }
};

using request_fields = std::map<std::string, std::string>;

task<std::string> read_all(http::response& from)
{
    if (auto* text = std::get_if<std::string>(&from.body))
        co_return *text;
    if (auto* shared = std::get_if<std::shared_ptr<const std::string>>(&from.body))
        co_return **shared;
    string_sink whole(1'000'000);
    co_await copy_bytes(*std::get<http::stream_body>(from.body).source, whole);
    co_return whole.take();
}

// The controller's port without the network.
struct port : testing::controller
{
    api::application application{app, api::assets::embedded(page), "1.2.3"};

    answer call(verb method, const std::string& target, std::string body = "", const request_fields& fields = {})
    {
        http::request request;
        request.method = method;
        request.target = target;
        request.path = target.substr(0, target.find('?'));
        if (const std::size_t at = target.find('?'); at != std::string::npos) {
            const std::string query = target.substr(at + 1); // the tests have one parameter at most
            request.query.emplace_back(query.substr(0, query.find('=')), query.substr(query.find('=') + 1));
        }
        request.fields.set(http::field::host, "127.0.0.1:3000");
        for (const auto& [name, value] : fields)
            request.fields.set(name, value);
        request.content_length = body.size();
        string_source source(std::move(body));
        request.body = &source;
        http::response given = run(application.serve(request));
        std::string text = run(read_all(given));
        return {given.code, given.fields, std::move(text)};
    }
    answer get(const std::string& path, const request_fields& fields = {})
    {
        return call(verb::get, "/api/v1" + path, "", fields);
    }
    answer post(const std::string& path, std::string body = "{}")
    {
        return call(verb::post, "/api/v1" + path, std::move(body));
    }
    answer put(const std::string& path, std::string body, const request_fields& fields = {})
    {
        return call(verb::put, "/api/v1" + path, std::move(body), fields);
    }
    answer remove(const std::string& path) { return call(verb::delete_, "/api/v1" + path); }

    void configure()
    {
        REQUIRE(post("/buckets", R"({"name":"main","bucket_name":"fleet","endpoint":"http://127.0.0.1:9000",
            "access_key":"AKIAEXAMPLE","secret_key":"top-secret","prefix":"prod"})")
                    .code == status::created);
        REQUIRE(post("/manifests", R"({"name":"site","bucket":"main","profile":"deploy",
            "files":[{"path":"index.html","file_type":"text"}]})")
                    .code == status::created);
        REQUIRE(post("/cells", R"({"node_id":"node01","cell_id":"www","bucket":"main","manifest":"site"})").code ==
                status::created);
    }
    void finalize()
    {
        REQUIRE(post("/manifests/site/versions", R"({"version":"v1.0.0"})").code == status::created);
        REQUIRE(put("/manifests/site/versions/v1.0.0/files/index.html", "<p>1</p>").code == status::ok);
        REQUIRE(post("/manifests/site/versions/v1.0.0/finalize").code == status::ok);
    }
};

} // namespace

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

TEST_CASE_METHOD(port, "every answer forbids foreign scripts and frames", "[api]")
{
    for (const char* path : {"/", "/assets/page.mjs", "/healthz", "/api/v1/agents", "/nothing"}) {
        const answer given = call(verb::get, path);
        CAPTURE(path);
        CHECK(given.field("Content-Security-Policy").starts_with("default-src 'none'; script-src 'self';"));
        CHECK(given.field("X-Content-Type-Options") == "nosniff");
    }
    CHECK(call(verb::get, "/").text == "<!doctype html>");
    CHECK(call(verb::get, "/assets/page.mjs").field("Content-Type") == "text/javascript; charset=utf-8");
    CHECK(call(verb::get, "/assets/..%2fsecret").code == status::unprocessable_entity);
    CHECK(call(verb::get, "/assets/other").code == status::not_found);
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
    std::ifstream file(FLEETMAN_TEST_DATA "/../../static/openapi.json");
    const json::value described = json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    std::set<std::string> in_description;
    for (const auto& [path, item] : described.at("paths").as_object())
        for (const auto& [method, operation] : item.as_object())
            if (method != "parameters")
                in_description.insert(std::string(method) + ' ' + std::string(path));

    std::set<std::string> served;
    for (const auto& route : application.routes().routes()) {
        std::string pattern = route->pattern;
        if (const std::size_t tail = pattern.find("...}"); tail != std::string::npos)
            pattern.erase(tail, 3);
        std::string method(boost::beast::http::to_string(route->method));
        std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::tolower(c); });
        if (pattern != "/" && !pattern.starts_with("/assets/"))
            served.insert(method + ' ' + pattern);
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
