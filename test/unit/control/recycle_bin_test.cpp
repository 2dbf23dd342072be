#include <fleetman/control/editing.hpp>
#include <fleetman/testing/controller.hpp>

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <optional>

using namespace fleetman;
using namespace fleetman::control;
using namespace std::chrono_literals;
using testing::run;

namespace {

// One finalized version, published to one cell that has an override.
struct fleet : testing::controller
{
    model::bucket_name main = model::bucket_name::parse("main").value();
    model::manifest_name site = model::manifest_name::parse("site").value();
    model::cell_ref a = model::cell_ref::parse("node01/a").value();
    model::version v1 = model::version::parse("v1.0.0").value();
    std::string last_trigger;

    fleet()
    {
        model::manifest content;
        content.files = {{.path = model::file_path::parse("index.html").value(), .type = model::file_type::text}};
        content.profile = model::run_profile::deploy;
        content.bucket = "main";
        run(save_bucket(app.names, main, connection("fleet"), writing::create)).value();
        run(save_manifest(app.names, site, content, writing::create)).value();
        run(save_cell(app.names, a, {main, site}, writing::create)).value();
        const manifest_place place = app.names.manifest(site).value();
        run(app.versions.create(place, v1, std::nullopt)).value();
        put("prod/deployments/site/v1.0.0/index.html", "<p>1</p>");
        put("prod/cells/node01/a/overrides/x.txt", "x");
        run(app.versions.finalize(place, v1, config::known_names(app.names.config()), std::nullopt)).value();
        const operation begun = run(app.publishing.start(a, {v1})).value();
        run(app.operations.wait(begun.id, 10s)).value();
        last_trigger = store().body("prod/cells/node01/a/trigger.json");
    }

    std::vector<recycled_item> items() { return run(app.bin.list()).value(); }
    void recycle_version() { run(app.versions.recycle(app.names.manifest(site).value(), v1)).value(); }

    std::map<std::string, std::string> below(const std::string& prefix)
    {
        std::map<std::string, std::string> found;
        for (const std::string& key : store().keys())
            if (key.starts_with(prefix))
                found.emplace(key.substr(prefix.size()), store().body(key));
        return found;
    }
    std::ptrdiff_t position(const std::string& entry)
    {
        const auto& history = store().history;
        return std::ranges::find(history, entry) - history.begin();
    }
};

// Restores something with each request failing in turn; a repeat must end it.
template <class Prepare, class Check>
void fail_each(Prepare prepare, Check check, std::size_t least)
{
    std::size_t failing = 0;
    for (bool failed = true; failed; ++failing) {
        fleet one;
        prepare(one);
        const std::string id = one.items().at(0).id;
        std::size_t count = 0;
        run(one.app.fleet.stop(10s));
        one.store().before = [&count, failing](const std::string& operation, const std::string& key) {
            if (operation == "get" && key.starts_with("prod/cells/"))
                return result<void>(); // the fleet's view looks at what it was told of
            return count++ == failing ? result<void>(error(errc::unavailable, operation + ' ' + key + ": no answer"))
                                      : result<void>();
        };
        failed = run(one.app.bin.restore(id)).has_error();
        INFO("request " << failing);
        CHECK(failed == (count > failing));
        one.store().before = nullptr;
        if (failed && !one.items().empty())
            run(one.app.bin.restore(id)).value();
        check(one);
    }
    CHECK(failing > least);
}

} // namespace

TEST_CASE_METHOD(fleet, "what was deleted is listed, the newest first, with what it was", "[control][recycle]")
{
    CHECK(items().empty());
    recycle_version();
    time.time += 5s;
    run(app.cells.archive(a)).value();
    const auto all = items();

    REQUIRE(all.size() == 2);
    CHECK(all[0].kind == recycled_kind::cell);
    CHECK(all[0].cell == a);
    CHECK(all[0].objects == 6);
    CHECK(all[0].deleted == time.time);
    CHECK(all[1].kind == recycled_kind::version);
    CHECK(all[1].manifest == site);
    CHECK(all[1].version == v1);
    CHECK(all[1].size > 8);
    for (const recycled_item& one : all) {
        CHECK(one.id.find('/') == std::string::npos);
        CHECK(run(app.bin.find(one.id)).value().folder == one.folder);
    }
}

TEST_CASE_METHOD(fleet, "an item of more objects than a page of a listing has is one item", "[control][recycle]")
{
    for (int i = 0; i < 2'500; ++i)
        put("prod/recycle/site-v9.0.0-20260101-120000-000/" + std::to_string(i), "12345");
    const auto all = items();
    REQUIRE(all.size() == 1);
    CHECK(all[0].objects == 2'500);
    CHECK(all[0].size == 5 * 2'500);
}

TEST_CASE_METHOD(fleet, "nothing is deleted while it is being restored", "[control][recycle]")
{
    run(app.cells.archive(a)).value();
    const std::string id = items().at(0).id;
    std::optional<bool> deleted;
    store().before = [&](const std::string& operation, const std::string&) {
        if (operation == "copy" && !deleted) {
            deleted = false;
            boost::asio::co_spawn(testing::event_loop(), app.bin.remove(id),
                [&deleted](const std::exception_ptr&, const result<void>& done) { deleted = done.has_value(); });
        }
        return result<void>();
    };
    run(app.bin.restore(id)).value();
    store().before = nullptr;
    CHECK(store().contains("prod/cells/node01/a/trigger.json"));
    CHECK(store().contains("prod/cells/node01/a/versions/v1.0.0/index.html"));
    CHECK(run(app.bin.remove(id)).error().code() == errc::not_found);
    CHECK(deleted == false); // it came too late
}

TEST_CASE_METHOD(fleet, "no id leads out of the recycle bins", "[control][recycle]")
{
    recycle_version();
    for (const char* const id :
        {"", "main", "main:recycle", "main:recycle:", "main:recycle:..", "main:deployments:site", "main:recycle:a:b",
            "main:cell_recycle:n:c", "other:recycle:x", "main:recycle:x!2Fy", "main:recycle:!"}) {
        INFO(id);
        CHECK(run(app.bin.find(id)).error().code() == errc::not_found);
        CHECK(run(app.bin.restore(id)).error().code() == errc::not_found);
        CHECK(run(app.bin.remove(id)).error().code() == errc::not_found);
    }
}

TEST_CASE_METHOD(fleet, "a restored version is as it was, sealed at last", "[control][recycle]")
{
    const auto before = below("prod/deployments/site/v1.0.0/");
    recycle_version();
    store().history.clear();
    run(app.bin.restore(items().at(0).id)).value();

    auto after = below("prod/deployments/site/v1.0.0/");
    after[""]; // the marker of an empty folder is not needed where there are files
    CHECK(after == before);
    CHECK(position("copy prod/deployments/site/v1.0.0/index.html") <
          position("copy prod/deployments/site/v1.0.0/manifest.json"));
    CHECK(items().empty());
    CHECK(run(app.versions.describe(app.names.manifest(site).value(), v1)).value().summary.finalized);
}

TEST_CASE_METHOD(fleet, "a version is restored to an empty place only", "[control][recycle]")
{
    recycle_version();
    run(app.versions.create(app.names.manifest(site).value(), v1, std::nullopt)).value();
    const auto refused = run(app.bin.restore(items().at(0).id));

    REQUIRE(refused.has_error());
    CHECK(refused.error().code() == errc::conflict);
    CHECK(items().size() == 1);
}

TEST_CASE_METHOD(
    fleet, "a restored cell is in the configuration again, and its trigger is new and the last", "[control][recycle]")
{
    auto before = below("prod/cells/node01/a/");
    run(app.cells.archive(a)).value();
    CHECK_FALSE(app.names.config().cells.contains(a));
    store().history.clear();
    run(app.bin.restore(items().at(0).id)).value();

    CHECK(app.names.config().cells.at(a).manifest == site);
    auto after = below("prod/cells/node01/a/");
    CHECK(after.at("trigger.json") != last_trigger);
    CHECK(model::parse_trigger(after.at("trigger.json")).value().version == v1);
    before.erase("trigger.json");
    after.erase("trigger.json");
    CHECK(after == before);
    CHECK(position("copy prod/cells/node01/a/overrides/x.txt") < position("put prod/cells/node01/a/trigger.json"));
    CHECK(position("put prod/cells/node01/a/trigger.json") < position("put prod/fleetman/nodes/node01.json"));
    CHECK(items().empty());
}

TEST_CASE_METHOD(fleet, "a cell is not restored over another, nor without its manifest", "[control][recycle]")
{
    run(app.cells.archive(a)).value();
    const std::string id = items().at(0).id;
    SECTION("something is at its place")
    {
        put("prod/cells/node01/a/overrides/y.txt", "y");
        CHECK(run(app.bin.restore(id)).error().code() == errc::conflict);
    }
    SECTION("its manifest is gone")
    {
        run(remove_manifest(app.names, site)).value();
        CHECK(run(app.bin.restore(id)).error().message() == "its manifest site is gone; create it first");
    }
    CHECK(items().size() == 1);
    CHECK_FALSE(app.names.config().cells.contains(a));
}

TEST_CASE("whichever request of restoring a version fails, a repeat ends it", "[control][recycle]")
{
    fail_each([](fleet& one) { one.recycle_version(); },
        [](fleet& one) {
            CHECK(one.items().empty());
            CHECK(one.store().contains("prod/deployments/site/v1.0.0/index.html"));
            CHECK(one.store().contains("prod/deployments/site/v1.0.0/manifest.json"));
        },
        7);
}

TEST_CASE("whichever request of restoring a cell fails, a repeat ends it", "[control][recycle]")
{
    fail_each([](fleet& one) { run(one.app.cells.archive(one.a)).value(); },
        [](fleet& one) {
            CHECK(one.items().empty());
            CHECK(one.app.names.config().cells.contains(one.a));
            CHECK(one.store().contains("prod/cells/node01/a/versions/v1.0.0/index.html"));
            CHECK(one.store().contains("prod/cells/node01/a/trigger.json"));
        },
        12);
}

TEST_CASE_METHOD(fleet, "the bins are emptied as an operation, item by item", "[control][recycle]")
{
    recycle_version();
    run(app.cells.archive(a)).value();
    const operation begun = run(app.bin.clear({"alice", "::1"})).value();
    const operation ended = run(app.operations.wait(begun.id, 10s)).value();

    CHECK(ended.kind == "clear-recycle-bin");
    CHECK(ended.state == progress::succeeded);
    CHECK(ended.steps.size() == 2);
    CHECK(items().empty());
    CHECK(below("prod/recycle/").empty());
    CHECK(below("prod/cell_recycle/").empty());
}
