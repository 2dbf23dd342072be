#include "port.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

using namespace fleetman;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using testing::answer;
using testing::port;
namespace json = boost::json;

namespace {

const json::value* file_of(const json::value& in, const std::string& path)
{
    for (const json::value& one : in.at("files").as_array())
        if (one.at("path").as_string() == json::string_view(path))
            return &one;
    return nullptr;
}

std::string text_of(const json::value& of, const char* field)
{
    return of.at(field).is_null() ? "null" : std::string(of.at(field).as_string());
}

// Two versions of a manifest with a text and a binary.
struct changes : port
{
    const std::string versions = "/manifests/app/versions";

    changes()
    {
        configure();
        REQUIRE(post("/manifests", R"({"name":"app","bucket":"main","profile":"deploy","files":[
            {"path":"a.txt","file_type":"text"},{"path":"bin","file_type":"binary"}]})")
                    .code == status::created);
        REQUIRE(post("/cells", R"({"node_id":"node01","cell_id":"app","bucket":"main","manifest":"app"})").code ==
                status::created);
        REQUIRE(post(versions, R"({"version":"v1.0.0"})").code == status::created);
        upload("v1.0.0", "a.txt", "one\ntwo\n");
        upload("v1.0.0", "bin", "\x01");
        upload("v1.0.0", "extra", "gone later");
        REQUIRE(post(versions + "/v1.0.0/finalize").code == status::ok);
        REQUIRE(post(versions, R"({"version":"v1.1.0","clone_from":"v1.0.0"})").code == status::created);
        upload("v1.1.0", "a.txt", "one\n2\n");
        upload("v1.1.0", "bin", "\x02");
        REQUIRE(remove(versions + "/v1.1.0/files/extra").code == status::no_content);
        upload("v1.1.0", "more", "new");
    }

    void upload(const std::string& version, const std::string& path, const std::string& content)
    {
        REQUIRE(put(versions + '/' + version + "/files/" + path, content).code == status::ok);
    }
    json::value preview(const std::string& version)
    {
        return get("/cells/node01/app/preview?version=" + version).body();
    }
};

} // namespace

TEST_CASE_METHOD(changes, "a diff names what was added, removed and changed, and shows texts", "[api][diff]")
{
    const json::value diff = get("/manifests/app/diff?from=v1.0.0&to=v1.1.0").body();
    CHECK(diff.at("files").as_array().size() == 4);
    CHECK(text_of(*file_of(diff, "a.txt"), "change") == "changed");
    CHECK(text_of(*file_of(diff, "a.txt"), "diff") == "@@ -1,2 +1,2 @@\n one\n-two\n+2\n");
    CHECK(text_of(*file_of(diff, "bin"), "change") == "changed");
    CHECK(text_of(*file_of(diff, "bin"), "diff") == "null");
    CHECK(text_of(*file_of(diff, "extra"), "change") == "removed");
    CHECK(file_of(diff, "extra")->at("to").is_null());
    CHECK(text_of(*file_of(diff, "more"), "change") == "added");

    CHECK(get("/manifests/app/diff?from=v1.0.0&to=v1.0.0").body().at("files").as_array().empty());
    CHECK(get("/manifests/app/diff?from=v1.0.0&to=v9.0.0").code == status::not_found);
    CHECK(get("/manifests/app/diff?from=v1.0.0").code == status::unprocessable_entity);
}

TEST_CASE_METHOD(changes, "a text that cannot be compared says why", "[api][diff]")
{
    const auto why = [this](const std::string& content) {
        upload("v1.1.0", "a.txt", content);
        return text_of(*file_of(get("/manifests/app/diff?from=v1.0.0&to=v1.1.0").body(), "a.txt"), "no_diff");
    };
    CHECK(why(std::string(1'048'577, 'x')) == "larger than 1 MiB");
    CHECK(why("\xff\n") == "not UTF-8");
    std::string long_text;
    for (int i = 0; i < 2000; ++i)
        long_text += std::to_string(i) + '\n';
    CHECK(why(long_text) == "too much has changed");
    CHECK(why("fine\n") == "null");
}

TEST_CASE_METHOD(changes, "a change of rights alone is a change", "[api][diff]")
{
    REQUIRE(post(versions + "/v1.1.0/finalize").code == status::ok);
    REQUIRE(put("/manifests/app", R"({"bucket":"main","profile":"deploy","files":[
        {"path":"a.txt","file_type":"text","mode":"0644"},{"path":"bin","file_type":"binary"}]})")
                .code == status::ok);
    REQUIRE(post(versions, R"({"version":"v1.2.0","clone_from":"v1.1.0"})").code == status::created);
    const json::value diff = get("/manifests/app/diff?from=v1.1.0&to=v1.2.0").body();
    REQUIRE(diff.at("files").as_array().size() == 1);
    CHECK(diff.at("files").at(0).at("content") == false);
    CHECK(diff.at("files").at(0).at("rights") == true);
}

TEST_CASE_METHOD(changes, "a preview shows what publishing would write, and writes nothing", "[api][preview]")
{
    REQUIRE(put("/cells/node01/app/overrides/bin", "mine").code == status::ok);
    store().history.clear();
    const json::value first = preview("v1.0.0");
    CHECK(first.at("existing") == false);
    CHECK(first.at("compared_with").is_null());
    CHECK(first.at("files").as_array().size() == 3);
    CHECK(file_of(first, "bin")->at("overridden") == true);
    CHECK(text_of(*file_of(first, "bin"), "change") == "unknown");
    for (const std::string& done : store().history)
        CHECK((done.starts_with("list") || done.starts_with("get") || done.starts_with("head")));
    CHECK(get("/cells/node01/app/preview?version=v1.1.0").code == status::conflict); // a draft
    CHECK(get("/cells/node01/app/preview?version=v9.0.0").code == status::not_found);
    CHECK(get("/cells/node01/app/preview").code == status::unprocessable_entity);
}

TEST_CASE_METHOD(changes, "a preview is compared with what runs", "[api][preview]")
{
    REQUIRE(post(versions + "/v1.0.0/publish?wait=10", R"({"all":true})").body().at("state") == "succeeded");
    testing::controller::put("prod/cells/node01/app/status.json",
        R"({"running_version":"v1.0.0","applied_at":1767607200,"status":"success","error":null})");
    testing::controller::put("prod/agents/node01.json", R"({"report_timestamp":1767607200,"node_id":"node01","cells":[
        {"cell_id":"app","manifest_name":"app","profile":"deploy","version":"v1.0.0"}]})");
    testing::run(app.fleet.refresh());
    REQUIRE(post(versions + "/v1.1.0/finalize").code == status::ok);

    const json::value next = preview("v1.1.0");
    CHECK(text_of(next, "compared_with") == "v1.0.0");
    CHECK(text_of(*file_of(next, "a.txt"), "change") == "changed");
    CHECK(text_of(*file_of(next, "more"), "change") == "added");
    CHECK(next.at("removed").at(0) == "extra");

    const json::value again = preview("v1.0.0");
    CHECK(again.at("existing") == true);
    CHECK(text_of(*file_of(again, "a.txt"), "change") == "same");
    CHECK(again.at("removed").as_array().empty());
}

TEST_CASE_METHOD(changes, "a change is rehearsed with the cells that it reaches", "[api][rehearsal]")
{
    const std::string site = get("/manifests/app").text;
    const std::string changed = R"({"bucket":"main","profile":"deploy","files":[],"max_log_lines":5})";
    const answer rehearsed = put("/manifests/app?dry_run=true", changed);
    CHECK(rehearsed.code == status::ok);
    CHECK(rehearsed.body().at("cells").at(0) == "node01/app");
    CHECK(rehearsed.body().at("max_log_lines") == 5);
    CHECK(get("/manifests/app").text == site);
    const answer wrong = put("/manifests/app?dry_run=true", R"({"bucket":"gone","profile":"systemd","files":[]})");
    CHECK(wrong.code == status::unprocessable_entity);
    CHECK(wrong.body().at("errors").at(0).at("field") == "bucket");
    CHECK(put("/manifests/app?dry_run=true", changed, {{"If-Match", "\"0\""}}).code == status::precondition_failed);

    REQUIRE(post("/resource-profiles?dry_run=true", R"({"name":"small"})").code == status::ok);
    CHECK(get("/resource-profiles/small").code == status::not_found);
    REQUIRE(post("/resource-profiles", R"({"name":"small"})").code == status::created);
    REQUIRE(
        put("/manifests/app", R"({"bucket":"main","profile":"deploy","files":[],"resource_profile":"small"})").code ==
        status::ok);
    const answer profile = put("/resource-profiles/small?dry_run=true", R"({"cpu":"500m"})");
    CHECK(profile.body().at("manifests").at(0) == "app");
    CHECK(profile.body().at("cells").at(0) == "node01/app");
    CHECK(get("/resource-profiles/small").body().at("cpu").is_null());
}

TEST_CASE_METHOD(changes, "service files are generated with variables and the profile's limits", "[api][service-file]")
{
    REQUIRE(post("/resource-profiles", R"({"name":"small","cpu":"500m"})").code == status::created);
    REQUIRE(
        put("/manifests/app", R"({"bucket":"main","profile":"deploy","files":[],"resource_profile":"small"})").code ==
        status::ok);
    const std::string at = versions + "/v1.1.0/service-file";
    REQUIRE(post(at, R"({"path":"run.sh","variables":{"command":"./bin/app --port 80"}})").code == status::ok);
    CHECK(get(versions + "/v1.1.0/files/run.sh").text.ends_with("\nexec ./bin/app --port 80\n"));
    REQUIRE(post(at, R"({"path":"app.service","variables":{"description":"100 % ours","restart_sec":7}})").code ==
            status::ok);
    const std::string unit = get(versions + "/v1.1.0/files/app.service").text;
    CHECK(unit.find("\nDescription=100 %% ours\n") != std::string::npos);
    CHECK(unit.find("\nRestartSec=7\n") != std::string::npos);
    CHECK(unit.find("\nCPUQuota=50%\n") != std::string::npos);

    const auto field = [&](const std::string& body) {
        const answer refused = post(at, body);
        CHECK(refused.code == status::unprocessable_entity);
        return std::string(refused.body().at("errors").at(0).at("field").as_string());
    };
    CHECK(field(R"({"path":"run.sh","variables":{"colour":"red"}})") == "variables.\"colour\"");
    CHECK(field(R"({"path":"run.sh","variables":{"command":"a\nb"}})") == "variables.command");
    CHECK(field(R"({"path":"app.service","variables":{"restart_sec":9999}})") == "variables.restart_sec");
    CHECK(field(R"({"path":"app.service","variables":{"restart":"maybe"}})") == "variables.restart");
    CHECK(field(R"({"path":"app.service","variables":{"description":"x\\"}})") == "variables.description");
    CHECK(field(R"({"path":"other"})") == "path");
    CHECK(field(R"({"path":"run.sh","variables":[]})") == "variables");
}

TEST_CASE_METHOD(changes, "what nobody needs is found, shown, and cleaned only when it is named", "[api][cleanup]")
{
    testing::controller::put("prod/deployments/former/v1.0.0/x", "x");
    testing::controller::put("prod/deployments/former/v1.0.0/manifest.json", "{}");
    testing::controller::put("prod/cells/node01/app/versions/v0.1.0/half", "x");
    testing::controller::put("prod/cells/node01/stranger/versions/v0.1.0/half", "x");
    CHECK(post("/cleanup?dry_run=true").body().at("count") == 0); // too young
    time.time += 25h;

    const json::value found = post("/cleanup?dry_run=true", "").body();
    std::map<std::string, std::string> kinds;
    for (const json::value& one : found.at("items").as_array())
        kinds.emplace(one.at("id").as_string(), one.at("kind").as_string());
    CHECK(kinds == std::map<std::string, std::string>{{"main/cells/node01/app/versions/v0.1.0/", "publish_stray"},
                       {"main/deployments/app/v1.1.0/", "unfinished_version"},
                       {"main/deployments/former/v1.0.0/", "orphaned_version"}});

    CHECK(post("/cleanup").code == status::unprocessable_entity); // neither items nor all
    CHECK(post("/cleanup", R"({"items":["main/deployments/app/v1.0.0/"]})").code == status::unprocessable_entity);
    const answer cleaned = post("/cleanup?wait=10",
        R"({"items":["main/deployments/former/v1.0.0/","main/cells/node01/app/versions/v0.1.0/"]})");
    CHECK(cleaned.body().at("state") == "succeeded");
    CHECK_FALSE(store().contains("prod/deployments/former/v1.0.0/x"));
    CHECK_FALSE(store().contains("prod/cells/node01/app/versions/v0.1.0/half"));
    CHECK(store().contains("prod/deployments/app/v1.1.0/a.txt"));
    CHECK(store().contains("prod/cells/node01/stranger/versions/v0.1.0/half"));
    std::size_t recycled = 0;
    for (const std::string& key : store().keys())
        recycled += key.starts_with("prod/recycle/former-v1.0.0-") ? 1 : 0;
    CHECK(recycled == 2);

    CHECK(post("/cleanup?wait=10", R"({"all":true,"kinds":["publish_stray"]})").body().at("total") == 0);
    CHECK(post("/cleanup?wait=10", R"({"all":true})").body().at("state") == "succeeded");
    CHECK(get(versions + "/v1.1.0").code == status::not_found);
    CHECK(get(versions + "/v1.0.0").code == status::ok);
}

TEST_CASE_METHOD(
    changes, "a stray of the triggered version, or one that was finished meanwhile, stays", "[api][cleanup]")
{
    testing::controller::put("prod/cells/node01/app/versions/v0.1.0/half", "x");
    testing::controller::put("prod/cells/node01/app/trigger.json", R"({"version":"v0.1.0"})");
    time.time += 25h;
    CHECK(post("/cleanup?dry_run=true", R"({"kinds":["publish_stray"]})").body().at("count") == 0);

    const auto found = testing::run(app.cleanup.find({.kinds = {control::litter_kind::unfinished_version}})).value();
    REQUIRE(found.size() == 1);
    REQUIRE(post(versions + "/v1.1.0/finalize").code == status::ok);
    time.time += 25h;
    CHECK(testing::run(app.cleanup.remove(found[0].id(), 24h)).error().code() == errc::conflict);
    CHECK(get(versions + "/v1.1.0").code == status::ok);
}
