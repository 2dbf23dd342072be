#include "port.hpp"

#include <fleetman/api/request_context.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

using namespace fleetman;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using testing::answer;
using testing::port;
namespace json = boost::json;

namespace {

// Version v1.0.0 of "site", published to node01/www; both can be deleted.
struct bin : port
{
    const std::string version = "/manifests/site/versions/v1.0.0";
    const std::string cell = "/cells/node01/www";

    bin()
    {
        configure();
        finalize();
        REQUIRE(post(cell + "/publish?wait=10", R"({"version":"v1.0.0"})").code == status::ok);
    }

    void delete_both()
    {
        REQUIRE(remove(version).code == status::no_content);
        time.time += 5s;
        REQUIRE(remove(cell).code == status::no_content);
    }
    json::array items() { return get("/recycle").body().at("items").as_array(); }
    static std::string path_of(const json::value& item) { return "/recycle/" + std::string(item.at("id").as_string()); }
    answer restore(const json::value& item, const std::string& tag = "*")
    {
        return call(verb::post, "/api/v1" + path_of(item) + "/restore", "", {{"If-Match", tag}});
    }
    static std::string quoted(const json::value& item) { return '"' + std::string(item.at("etag").as_string()) + '"'; }
};

} // namespace

TEST_CASE_METHOD(bin, "the recycle bin says what was deleted, the newest first", "[api][recycle]")
{
    CHECK(items().empty());
    delete_both();
    const json::array all = items();
    REQUIRE(all.size() == 2);
    CHECK(all[0].at("kind") == "cell");
    CHECK(all[0].at("cell") == "node01/www");
    CHECK(all[0].at("version").is_null());
    CHECK(all[0].at("folder").as_string().starts_with("cell_recycle/node01/www/"));
    CHECK(all[1].at("kind") == "version");
    CHECK(all[1].at("manifest") == "site");
    CHECK(all[1].at("version") == "v1.0.0");
    CHECK(all[1].at("bucket") == "main");
    CHECK(all[1].at("object_count") == 3); // the file, the seal, and the folder's marker
}

TEST_CASE_METHOD(bin, "the recycle bin is paged, also when the last item of a page is gone", "[api][recycle]")
{
    for (int i = 0; i < 5; ++i) {
        const std::string name = "v2.0." + std::to_string(i);
        REQUIRE(post("/manifests/site/versions", R"({"version":")" + name + "\"}").code == status::created);
        REQUIRE(remove("/manifests/site/versions/" + name).code == status::no_content);
        time.time += 1s;
    }
    std::vector<std::string> seen;
    for (std::string after; seen.size() < 10;) {
        const json::value page = get("/recycle?limit=2" + (after.empty() ? "" : "&after=" + after)).body();
        for (const json::value& one : page.at("items").as_array())
            seen.emplace_back(one.at("version").as_string());
        REQUIRE(remove(path_of(page.at("items").as_array().back())).code == status::no_content);
        if (page.at("next").is_null())
            break;
        after = api::url_segment(std::string(page.at("next").as_string()));
    }
    CHECK(seen == std::vector<std::string>{"v2.0.4", "v2.0.3", "v2.0.2", "v2.0.1", "v2.0.0"});
    CHECK(items().size() == 2);
}

TEST_CASE_METHOD(bin, "a deleted version and a deleted cell come back as they were", "[api][recycle]")
{
    const json::value version_before = get(version).body();
    const json::value cell_before = get(cell).body();
    delete_both();
    CHECK(get(version).code == status::not_found);
    CHECK(get(cell).code == status::not_found);
    for (const json::value& one : items())
        CHECK(restore(one).code == status::ok);

    CHECK(items().empty());
    const json::value version_after = get(version).body();
    for (const char* const field : {"state", "file_count", "created_at", "size"})
        CHECK(version_after.at(field) == version_before.at(field));
    CHECK(version_after.at("state") == "finalized");
    const json::value cell_after = get(cell).body();
    for (const char* const field : {"manifest", "managed", "trigger_version"})
        CHECK(cell_after.at(field) == cell_before.at(field));
    CHECK(get(version + "/files/index.html").text == "<p>1</p>");
}

TEST_CASE_METHOD(bin, "nothing is restored over what is there by now", "[api][recycle]")
{
    delete_both();
    REQUIRE(post("/manifests/site/versions", R"({"version":"v1.0.0"})").code == status::created);
    REQUIRE(put(version + "/files/index.html", "new").code == status::ok);
    const answer refused = restore(items().at(1));
    CHECK(refused.code == status::conflict);
    CHECK(refused.detail().find("is in the way") != std::string::npos);
    CHECK(items().size() == 2);
    CHECK(get(version + "/files/index.html").text == "new");
}

TEST_CASE_METHOD(bin, "an item that has changed since it was read is neither restored nor deleted", "[api][recycle]")
{
    delete_both();
    const json::value before = items().at(1);
    time.time += 1s;
    testing::controller::put("prod/" + std::string(before.at("folder").as_string()) + "more", "x");
    CHECK(restore(before, quoted(before)).code == status::precondition_failed);
    CHECK(remove(path_of(before), {{"If-Match", quoted(before)}}).code == status::precondition_failed);

    const json::value now = items().at(0);
    REQUIRE(now.at("id") == before.at("id"));
    CHECK(remove(path_of(now), {{"If-Match", quoted(now)}}).code == status::no_content);
    CHECK(remove(path_of(now)).code == status::not_found);
    CHECK(restore(now).code == status::not_found);
}

TEST_CASE_METHOD(bin, "the recycle bin is emptied by an operation with a result for each item", "[api][recycle]")
{
    delete_both();
    const answer emptied = call(verb::delete_, "/api/v1/recycle?wait=10");
    REQUIRE(emptied.code == status::ok);
    const json::value operation = emptied.body();
    CHECK(operation.at("kind") == "clear-recycle-bin");
    CHECK(operation.at("state") == "succeeded");
    CHECK(operation.at("total") == 2);
    CHECK(emptied.field("Location") == "/api/v1/operations/" + std::string(operation.at("id").as_string()));
    CHECK(items().empty());
    for (const std::string& key : store().keys())
        CHECK(key.find("recycle/") == std::string::npos);
    CHECK(call(verb::delete_, "/api/v1/recycle").code == status::accepted); // nothing is no failure
}

TEST_CASE_METHOD(bin, "what is done to the recycle bin is in the audit log", "[api][recycle]")
{
    app.keep_state().value();
    delete_both();
    const json::array all = items();
    REQUIRE(restore(all.at(0)).code == status::ok);
    REQUIRE(remove(path_of(all.at(1))).code == status::no_content);
    const answer cleared = call(verb::delete_, "/api/v1/recycle?wait=10");
    const json::array log = get("/audit?limit=3").body().at("items").as_array();
    REQUIRE(log.size() == 3);
    CHECK(log[0].at("what") == "DELETE /api/v1/recycle");
    CHECK(log[0].at("operation") == cleared.body().at("id"));
    CHECK(log[1].at("what").as_string() == "DELETE /api/v1" + path_of(all.at(1)));
    CHECK(log[1].at("status") == 204);
    CHECK(log[2].at("what").as_string() == "POST /api/v1" + path_of(all.at(0)) + "/restore");
    CHECK(log[2].at("who") == "local");
    CHECK(log[2].at("from") == "198.51.100.1");
}
