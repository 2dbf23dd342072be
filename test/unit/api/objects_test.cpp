#include "port.hpp"

#include <fleetman/api/request_context.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

using namespace fleetman;
using http::status;
using http::verb;
using testing::answer;
using testing::port;
namespace json = boost::json;

namespace {

struct browser : port
{
    browser()
    {
        configure();
        for (const char* const key : {"staging/a", "staging/b/1", "staging/b/2", "staging/c", "staging/d/x y", "top"})
            testing::controller::put(std::string("prod/") + key, key);
        testing::controller::put("other/staging/a", "not ours");
        testing::controller::put("production/staging/a", "not ours");
    }

    // "a b/ c", through all pages.
    std::string names(const std::string& query)
    {
        std::string all;
        std::string after;
        do {
            const json::value page =
                get("/buckets/main/objects?" + query + (after.empty() ? "" : "&after=" + api::url_segment(after)))
                    .body();
            for (const json::value& one : page.at("items").as_array())
                all += (all.empty() ? "" : " ") + std::string(one.at("key").as_string());
            after = page.at("next").is_null() ? "" : page.at("next").as_string().c_str();
        } while (!after.empty());
        return all;
    }
};

} // namespace

TEST_CASE_METHOD(browser, "a bucket is browsed by folders and in pages, below the prefix", "[api][objects]")
{
    for (const char* const limit : {"1", "2", "100"}) {
        CAPTURE(limit);
        const std::string paged = std::string("&limit=") + limit;
        CHECK(names("delimiter=/" + paged) == "staging/ top");
        CHECK(names("prefix=staging/&delimiter=/" + paged) == "staging/a staging/b/ staging/c staging/d/");
        CHECK(names("prefix=staging/b" + paged) == "staging/b/1 staging/b/2");
        CHECK(names("prefix=nothing" + paged) == "");
    }
    const json::value folder = get("/buckets/main/objects?delimiter=/&limit=1").body().at("items").at(0);
    CHECK(folder.at("kind") == "folder");
    CHECK(get("/buckets/main/objects?delimiter=,").code == status::unprocessable_entity);
    CHECK(get("/buckets/other/objects").code == status::not_found);
}

TEST_CASE_METHOD(browser, "an object is written, read and deleted as it is", "[api][objects]")
{
    CHECK(put("/buckets/main/objects/staging/new%20one/x", "\r\n").code == status::ok);
    CHECK(store().body("prod/staging/new one/x") == "\r\n");
    CHECK(get("/buckets/main/objects/staging/d/x%20y").text == "staging/d/x y");
    CHECK(remove("/buckets/main/objects/staging/d/x%20y").code == status::no_content);
    CHECK(remove("/buckets/main/objects/staging/d/x%20y").code == status::not_found);
    CHECK(put("/buckets/main/objects/empty/", "").code == status::ok);
    CHECK(store().contains("prod/empty/"));
}

TEST_CASE_METHOD(browser, "no name leads out of the prefix", "[api][objects]")
{
    for (const char* const name : {"..", "../other/staging/a", "%2e%2e/other/staging/a",
             "staging/..%2f..%2fother/staging/a", "staging/../../other/staging/a", "x%00y", "x%0ay", "%ff"}) {
        CAPTURE(name);
        const std::string at = std::string("/buckets/main/objects/") + name;
        CHECK(get(at).code == status::unprocessable_entity);
        CHECK(put(at, "x").code == status::unprocessable_entity);
        CHECK(remove(at).code == status::unprocessable_entity);
        CHECK(remove(std::string("/buckets/main/folders/") + name).code == status::unprocessable_entity);
    }
    CHECK(put("/buckets/main/objects/" + std::string(1020, 'x'), "x").code == status::unprocessable_entity);
    CHECK(names("prefix=../other/").empty());
    CHECK(store().contains("other/staging/a"));
}

TEST_CASE_METHOD(browser, "a folder is shown before it is deleted", "[api][objects]")
{
    const answer preview = call(verb::delete_, "/api/v1/buckets/main/folders/staging?dry_run=true");
    CHECK(preview.code == status::ok);
    CHECK(preview.body().at("object_count") == 5);
    CHECK(preview.body().at("keys").at(0) == "staging/a");
    CHECK(store().contains("prod/staging/a"));

    const answer deleted = call(verb::delete_, "/api/v1/buckets/main/folders/staging?wait=10");
    CHECK(deleted.code == status::ok);
    CHECK(deleted.body().at("state") == "succeeded");
    CHECK(names("") == "top");
    CHECK(store().contains("production/staging/a"));
    CHECK(remove("/buckets/main/folders/staging").code == status::not_found);
    CHECK(call(verb::delete_, "/api/v1/buckets/main/folders/x?dry_run=perhaps").code == status::unprocessable_entity);
}

TEST_CASE_METHOD(browser, "node keys are not offered, and the answer says why", "[api][objects]")
{
    CHECK(get("/buckets/main/keys").code == status::not_implemented);
    CHECK(post("/buckets/main/keys", R"({"node":"node01"})").code == status::not_implemented);
    CHECK(remove("/buckets/main/keys/1").code == status::not_implemented);
    CHECK(get("/buckets/other/keys").code == status::not_found);
}

TEST_CASE_METHOD(browser, "a check finds out what a store does with conditions", "[api][check]")
{
    const auto capability = [this](const char* name) {
        const json::value checked = post("/buckets/main/check").body();
        CHECK(checked.at("steps").as_array().size() == 7);
        return std::string(checked.at("capabilities").at(name).as_string()) +
               (checked.at("ok").as_bool() ? "" : ", failed");
    };
    CHECK(capability("put_if_absent") == "enforced");
    CHECK(capability("put_if_unchanged") == "enforced");
    // One that takes every condition for broken.
    std::map<std::string, int> puts;
    store().before = [&puts](const std::string& operation, const std::string& key) {
        const bool again = operation == "put" && (key.ends_with("-fresh") || puts[key]++ > 0);
        return again ? result<void>(error(errc::conflict, "put: refused")) : result<void>();
    };
    CHECK(capability("put_if_absent") == "unknown, failed");
    puts.clear();
    CHECK(capability("put_if_unchanged") == "unknown, failed");
    store().before = nullptr;
    CHECK(names("prefix=fleetman/check/").empty());
}
