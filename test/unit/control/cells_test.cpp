#include <fleetman/control/editing.hpp>
#include <fleetman/testing/controller.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace fleetman;
using namespace fleetman::control;
using namespace std::chrono_literals;
using testing::run;

namespace {

// One finalized version of one manifest, and two cells of it.
struct fleet : testing::controller
{
    model::bucket_name main = model::bucket_name::parse("main").value();
    model::manifest_name site = model::manifest_name::parse("site").value();
    model::cell_ref a = model::cell_ref::parse("node01/a").value();
    model::cell_ref b = model::cell_ref::parse("node02/b").value();
    model::version v1 = model::version::parse("v1.0.0").value();

    fleet()
    {
        model::manifest content;
        content.files = {{.path = model::file_path::parse("index.html").value(), .type = model::file_type::text}};
        content.profile = model::run_profile::deploy;
        content.bucket = "main";
        run(save_bucket(app.names, main, connection("fleet"), writing::create)).value();
        run(save_manifest(app.names, site, content, writing::create)).value();
        run(save_cell(app.names, a, {main, site}, writing::create)).value();
        run(save_cell(app.names, b, {main, site}, writing::create)).value();
        const manifest_place place = app.names.manifest(site).value();
        run(app.versions.create(place, v1, std::nullopt)).value();
        put("prod/deployments/site/v1.0.0/index.html", "<p>1</p>");
        run(app.versions.finalize(place, v1, config::known_names(app.names.config()), std::nullopt)).value();
        store().history.clear();
    }

    operation finish(const operation& begun) { return run(app.operations.wait(begun.id, 10s)).value(); }
    operation publish_to_all()
    {
        return finish(run(app.publishing.start(site, {v1}, app.publishing.cells_of(site))).value());
    }
    std::ptrdiff_t position(const std::string& entry)
    {
        const auto& history = store().history;
        return std::ranges::find(history, entry) - history.begin();
    }
};

// Publishes to a cell that is busy, and gives it to another manifest while that waits.
task<operation> move_while_it_waits(services& app, model::cell_ref cell, model::version version, config::cell elsewhere)
{
    key_lock::lease busy = co_await app.locks.acquire(cell.str());
    const operation begun = (co_await app.publishing.start(cell, {version})).value();
    auto moved = co_await save_cell(app.names, cell, elsewhere, writing::replace);
    moved.value();
    busy.reset();
    auto ended = co_await app.operations.wait(begun.id, 10s);
    co_return ended.value();
}

task<std::pair<operation, operation>> publish_twice(services& app, model::cell_ref cell, model::version version)
{
    const operation first = (co_await app.publishing.start(cell, {version})).value();
    const operation second = (co_await app.publishing.start(cell, {version})).value();
    auto first_ended = co_await app.operations.wait(first.id, 10s);
    auto second_ended = co_await app.operations.wait(second.id, 10s);
    co_return std::pair(first_ended.value(), second_ended.value());
}

} // namespace

TEST_CASE_METHOD(fleet, "a version is published to every cell of its manifest", "[control][publishing]")
{
    const operation done = publish_to_all();

    CHECK(done.state == progress::succeeded);
    CHECK(store().contains("prod/cells/node01/a/versions/v1.0.0/manifest.json"));
    CHECK(store().contains("prod/cells/node02/b/trigger.json"));
    CHECK(app.fleet.now().cells().find(a)->seen.trigger->value.version == v1);
}

TEST_CASE_METHOD(fleet, "one cell's failure is its own, with the reason", "[control][publishing]")
{
    store().before = [](const std::string& operation, const std::string& key) {
        if (operation == "copy" && key.starts_with("prod/cells/node02/"))
            return result<void>(error(errc::denied, "copy " + key + ": access denied"));
        return result<void>();
    };
    const operation done = publish_to_all();

    CHECK(done.state == progress::failed);
    CHECK(done.steps[0].state == progress::succeeded);
    CHECK(done.steps[1].state == progress::failed);
    CHECK(done.steps[1].why->message() ==
          "publish v1.0.0 to node02/b: copy prod/cells/node02/b/versions/v1.0.0/index.html: access denied");
}

TEST_CASE_METHOD(
    fleet, "publishes to one cell at the same time make one snapshot and two triggers", "[control][publishing]")
{
    const auto [first, second] = run(publish_twice(app, a, v1));

    CHECK(first.state == progress::succeeded);
    CHECK(second.state == progress::succeeded);
    CHECK(std::ranges::count(store().history, "put prod/cells/node01/a/versions/v1.0.0/manifest.json") == 1);
    CHECK(std::ranges::count(store().history, "put prod/cells/node01/a/trigger.json") == 2);
}

TEST_CASE_METHOD(fleet, "what cannot be published is refused before an operation begins", "[control][publishing]")
{
    const model::version missing = model::version::parse("v7.0.0").value();
    const auto stranger = model::cell_ref::parse("node09/x").value();

    CHECK(run(app.publishing.start(a, {missing})).error().code() == errc::not_found);
    CHECK(run(app.publishing.start(stranger, {v1})).error().code() == errc::not_found);
    CHECK(run(app.publishing.start(site, {v1}, {a, stranger})).error().fields().at(0).field == "cells[1]");
    CHECK(run(app.publishing.start(site, {v1}, {})).error().code() == errc::invalid);
    CHECK(app.operations.size() == 0);
}

TEST_CASE_METHOD(fleet, "a cell's snapshot can be published again when its version is gone", "[control][publishing]")
{
    publish_to_all();
    run(store().remove("prod/deployments/site/v1.0.0/manifest.json")).value();
    run(store().remove("prod/deployments/site/v1.0.0/index.html")).value();

    CHECK(finish(run(app.publishing.start(a, {v1})).value()).state == progress::succeeded);
}

TEST_CASE_METHOD(fleet, "archiving copies, deletes the trigger, rings, then deletes the rest", "[control][cells]")
{
    publish_to_all();
    put("prod/cells/node01/a/overrides/x.txt", "x");
    store().history.clear();
    run(app.cells.archive(a)).value();

    const std::string kept = "prod/cell_recycle/node01/a/";
    const auto last_copy =
        std::ranges::count_if(store().history, [](const std::string& one) { return one.starts_with("copy "); });
    CHECK(last_copy == 5);
    CHECK(position("remove prod/cells/node01/a/trigger.json") > last_copy);
    CHECK(position("put prod/fleetman/nodes/node01.json") > position("remove prod/cells/node01/a/trigger.json"));
    CHECK(position("remove prod/cells/node01/a/overrides/x.txt") > position("put prod/fleetman/nodes/node01.json"));
    std::size_t archived = 0;
    for (const std::string& key : store().keys()) {
        CHECK_FALSE(key.starts_with("prod/cells/node01/a/"));
        archived += key.starts_with(kept) ? 1 : 0;
    }
    CHECK(archived == 5);
    CHECK_FALSE(app.names.config().cells.contains(a));
}

TEST_CASE_METHOD(
    fleet, "whichever request of archiving fails, nothing is lost and a repeat ends it", "[control][cells]")
{
    publish_to_all();
    const std::size_t before = store().keys().size();
    std::size_t failing = 0;
    for (bool failed = true; failed; ++failing) {
        fleet one;
        one.publish_to_all();
        run(one.app.fleet.stop(10s)); // its reads are not of the archiving
        std::size_t count = 0;
        one.store().before = [&count, failing](const std::string& operation, const std::string& key) {
            return count++ == failing ? result<void>(error(errc::unavailable, operation + ' ' + key + ": no answer"))
                                      : result<void>();
        };
        failed = run(one.app.cells.archive(one.a)).has_error();
        INFO("operation " << failing);
        CHECK(failed == (count > failing));
        CHECK(one.store().keys().size() >= before - (failed ? 1 : 0)); // the trigger's copy was kept

        one.store().before = nullptr;
        if (failed)
            run(one.app.cells.archive(one.a)).value();
        CHECK_FALSE(one.store().contains("prod/cells/node01/a/trigger.json"));
        CHECK_FALSE(one.app.names.config().cells.contains(one.a));
    }
    CHECK(failing > 8);
}

TEST_CASE_METHOD(fleet, "a cell whose documents cannot be read is unknown, with the reason", "[control][cells]")
{
    put("prod/cells/node01/a/trigger.json", "not json");
    run(app.fleet.refresh());
    const cell_summary& seen = app.fleet.now().cells().find(a)->seen;

    CHECK(seen.verdict.state == cell_state::unknown);
    CHECK(seen.verdict.reason.find("prod/cells/node01/a/trigger.json") != std::string::npos);
}

TEST_CASE_METHOD(fleet, "a cell's snapshots are listed with the one that should run", "[control][cells]")
{
    publish_to_all();
    put("prod/cells/node01/a/versions/v0.9.0/index.html", "half");
    const auto versions = run(app.cells.versions(a)).value();

    REQUIRE(versions.size() == 2);
    CHECK(versions[0].version == v1);
    CHECK(versions[0].complete);
    CHECK(versions[0].triggered);
    CHECK_FALSE(versions[1].complete);
}

TEST_CASE_METHOD(
    fleet, "a snapshot is deleted manifest first, the one that should run only by force", "[control][cells]")
{
    publish_to_all();
    CHECK(run(app.cells.delete_version(a, v1, false)).error().code() == errc::conflict);
    store().history.clear();
    run(app.cells.delete_version(a, v1, true)).value();

    CHECK(position("remove prod/cells/node01/a/versions/v1.0.0/manifest.json") <
          position("remove prod/cells/node01/a/versions/v1.0.0/index.html"));
    CHECK(run(app.cells.versions(a)).value().empty());
    CHECK(run(app.cells.delete_version(a, v1, true)).error().code() == errc::not_found);
    CHECK(finish(run(app.publishing.start(a, {v1})).value()).state == progress::succeeded); // and built again
    CHECK(store().contains("prod/cells/node01/a/versions/v1.0.0/index.html"));
}

TEST_CASE_METHOD(
    fleet, "a version moves to the recycle bin whole, and its seal is the first to go", "[control][versions]")
{
    store().history.clear();
    run(app.versions.recycle(app.names.manifest(site).value(), v1)).value();

    std::vector<std::string> kept;
    for (const std::string& key : store().keys())
        if (key.starts_with("prod/recycle/site-v1.0.0-"))
            kept.push_back(key.substr(key.rfind('/') + 1));
    CHECK(kept == std::vector<std::string>{"", "index.html", "manifest.json"});
    CHECK(position("remove prod/deployments/site/v1.0.0/manifest.json") <
          position("remove prod/deployments/site/v1.0.0/index.html"));
    CHECK(run(app.versions.list(app.names.manifest(site).value())).value().empty());
    CHECK(run(app.publishing.start(a, {v1})).error().code() == errc::not_found);
}

TEST_CASE_METHOD(fleet, "an override's rights begin with what it replaces", "[control][overrides]")
{
    const auto path = model::file_path::parse("index.html").value();
    string_source body("<p>mine</p>\r\n");
    run(app.overrides.put(a, path, body, 13)).value();
    CHECK(store().body("prod/cells/node01/a/overrides/index.html") == "<p>mine</p>\n");

    const override_file changed = run(app.overrides.change_rights(a, path, {.mode = "0640"})).value();
    REQUIRE(changed.rights.has_value());
    CHECK(changed.rights->type == model::file_type::text);
    CHECK(changed.rights->owner == "root");
    CHECK(changed.rights->mode == "0640");
    CHECK(run(app.overrides.list(a)).value().at(0).rights == changed.rights);

    run(app.overrides.remove(a, path)).value();
    CHECK(run(app.overrides.list(a)).value().empty());
    CHECK(store().body("prod/cells/node01/a/overrides_manifest.json").find("index.html") == std::string::npos);
}

TEST_CASE_METHOD(fleet, "a cell that got another manifest while it waited is not published to", "[control][cells]")
{
    const model::manifest_name blog = model::manifest_name::parse("blog").value();
    model::manifest content = app.names.manifest(site).value().content;
    run(save_manifest(app.names, blog, content, writing::create)).value();
    const manifest_place place = app.names.manifest(blog).value();
    run(app.versions.create(place, v1, std::nullopt)).value();
    put("prod/deployments/blog/v1.0.0/index.html", "<p>blog</p>");
    run(app.versions.finalize(place, v1, config::known_names(app.names.config()), std::nullopt)).value();

    const operation ended = run(move_while_it_waits(app, a, v1, {main, blog}));
    CHECK(ended.state == progress::failed);
    REQUIRE(ended.steps.at(0).why.has_value());
    CHECK(ended.steps[0].why->code() == errc::conflict);
    CHECK_FALSE(store().contains("prod/cells/node01/a/trigger.json"));
}
