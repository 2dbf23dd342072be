#include <fleetman/bucket/documents.hpp>
#include <fleetman/bucket/publish.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/memory_store.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace fleetman;
using namespace fleetman::model;
using testing::memory_store;
using testing::run;

namespace {

const std::string snapshot_folder = "prod/cells/node01/api/versions/v1.4.0/";
const std::string manifest_key = snapshot_folder + "manifest.json";

const char* const sealed = R"({"manifest_name":"billing","version":"v1.4.0","profile":"supervisor","bucket":"main",
    "created_at":"2026-01-05T10:00:00+00:00","service_owner":"web","service_group":"www",
    "files":[{"path":"run.sh","file_type":"text","mode":"0700"},{"path":"bin/server","file_type":"binary"},
             {"path":"logs/","file_type":"folder"}]})";

struct fleet
{
    testing::manual_clock time;
    std::shared_ptr<memory_store> store = std::make_shared<memory_store>(time);
    bucket::location here{store, bucket::keyspace(key_prefix::parse("prod").value())};
    bucket::publish_order order{here, here, manifest_name::parse("billing").value(), version::parse("v1.4.0").value(),
        cell_ref::parse("node01/api").value()};

    fleet()
    {
        put("prod/deployments/billing/v1.4.0/run.sh", "#!/bin/sh\n");
        put("prod/deployments/billing/v1.4.0/bin/server", "ELF");
        put("prod/deployments/billing/v1.4.0/logs/", "");
        put("prod/deployments/billing/v1.4.0/manifest.json", sealed);
        put("prod/cells/node01/api/overrides/bin/server", "OVERRIDDEN");
        put("prod/cells/node01/api/overrides/etc/", "");
        store->history.clear();
    }

    void put(const std::string& key, std::string body)
    {
        run(store->put(key, std::move(body), storage::put_condition::always())).value();
    }

    std::vector<std::string> writes() const
    {
        std::vector<std::string> all;
        std::ranges::copy_if(store->history, std::back_inserter(all),
            [](const std::string& one) { return !one.starts_with("get ") && !one.starts_with("list "); });
        return all;
    }
};

bool looks_complete(const memory_store& store)
{
    return store.contains(manifest_key);
}

bool is_right(const memory_store& store)
{
    std::vector<std::string> present;
    for (const std::string& key : store.keys())
        if (key.starts_with(snapshot_folder))
            present.push_back(key.substr(snapshot_folder.size()));
    return present == std::vector<std::string>{"bin/server", "manifest.json", "run.sh"} &&
           store.body(snapshot_folder + "bin/server") == "OVERRIDDEN";
}

} // namespace

TEST_CASE_METHOD(
    fleet, "publishing writes files, manifest, metadata, trigger and bell, in this order", "[bucket][publish]")
{
    const bucket::published done = run(bucket::publish(order)).value();

    CHECK(done.built);
    CHECK(writes() == std::vector<std::string>{
                          "copy " + snapshot_folder + "bin/server",
                          "copy " + snapshot_folder + "run.sh",
                          "put " + manifest_key,
                          "put prod/cells/node01/api/metadata.json",
                          "put prod/cells/node01/api/trigger.json",
                          "put prod/fleetman/nodes/node01.json",
                      });
    CHECK(is_right(*store));
    const trigger written = run(bucket::read_trigger(here, order.cell)).value().value;
    CHECK(written.version == order.version);
    CHECK(written.id == done.trigger.id);
    CHECK(run(bucket::read_metadata(here, order.cell)).value().value.manifest == order.manifest);
}

TEST_CASE_METHOD(fleet, "the snapshot's manifest says what each file is", "[bucket][publish]")
{
    run(bucket::publish(order)).value();
    const snapshot written = run(bucket::read_snapshot(here, order.cell, order.version)).value().value;

    REQUIRE(written.content.find("bin/server") != nullptr);
    CHECK(written.content.find("bin/server")->size == 10);
    CHECK(written.content.find("bin/server")->etag == run(store->head(snapshot_folder + "bin/server")).value().etag);
    CHECK_FALSE(written.content.find("logs/")->size.has_value());
}

TEST_CASE_METHOD(fleet, "an existing snapshot gets a new trigger and the bell, nothing else", "[bucket][publish]")
{
    const bucket::published first = run(bucket::publish(order)).value();
    put("prod/cells/node01/api/overrides/bin/server", "EDITED LATER");
    store->history.clear();
    const bucket::published second = run(bucket::publish(order)).value();

    CHECK_FALSE(second.built);
    CHECK(second.trigger.id != first.trigger.id);
    CHECK(writes() ==
          std::vector<std::string>{"put prod/cells/node01/api/trigger.json", "put prod/fleetman/nodes/node01.json"});
    CHECK(is_right(*store));
}

TEST_CASE_METHOD(
    fleet, "a new trigger leaves metadata as it is, and writes it where it is missing", "[bucket][publish]")
{
    const std::string metadata = "prod/cells/node01/api/metadata.json";
    run(bucket::publish(order)).value();
    const std::string by_someone_else = R"({"manifest_name":"billing","profile":"systemd"})";
    put(metadata, by_someone_else);
    run(bucket::publish(order)).value();
    CHECK(store->body(metadata) == by_someone_else);

    run(store->remove(metadata)).value();
    run(bucket::publish(order)).value();
    CHECK(run(bucket::read_metadata(here, order.cell)).value().value.profile == run_profile::supervisor);
}

TEST_CASE_METHOD(fleet, "the overrides' rights are kept with the snapshot, resolved", "[bucket][publish]")
{
    put("prod/cells/node01/api/overrides_manifest.json",
        R"({"files":[{"path":"bin/server","file_type":"binary","mode":"0755"}]})");
    run(bucket::publish(order)).value();

    const overrides_manifest kept = run(bucket::read_snapshot_overrides(here, order.cell, order.version)).value().value;
    REQUIRE(kept.files.size() == 1);
    CHECK(kept.files[0].owner == "web");
    CHECK(kept.files[0].group == "www");
    CHECK(kept.files[0].mode == "0755");
}

TEST_CASE_METHOD(fleet, "an overrides manifest that nobody can read counts as none", "[bucket][publish]")
{
    put("prod/cells/node01/api/overrides_manifest.json", "not json");
    run(bucket::publish(order)).value();

    CHECK(is_right(*store));
}

TEST_CASE_METHOD(fleet, "what a broken attempt left is removed before the files are copied", "[bucket][publish]")
{
    put(snapshot_folder + "bin/old", "stray");
    put(snapshot_folder + "overrides_manifest.json", "{}");
    store->history.clear();
    run(bucket::publish(order)).value();

    CHECK(is_right(*store));
    CHECK(writes().at(0) == "remove " + snapshot_folder + "bin/old");
    CHECK(writes().at(1) == "remove " + snapshot_folder + "overrides_manifest.json");
}

TEST_CASE_METHOD(
    fleet, "whichever operation fails, no half version looks complete and a repeat ends well", "[bucket][publish]")
{
    std::size_t failing = 0;
    for (bool failed = true; failed; ++failing) {
        fleet one;
        one.put(snapshot_folder + "bin/old", "stray");
        std::size_t count = 0;
        one.store->before = [&count, failing](const std::string& operation, const std::string& key) {
            if (count++ == failing)
                return result<void>(error(errc::unavailable, operation + ' ' + key + ": no answer"));
            return result<void>();
        };
        const auto outcome = run(bucket::publish(one.order));
        failed = outcome.has_error();
        INFO("operation " << failing << ": " << (failed ? outcome.error().message() : "none failed"));
        if (failed)
            CHECK(outcome.error().message().find("no answer") != std::string::npos);
        CHECK(failed == (count > failing));
        CHECK((!looks_complete(*one.store) || is_right(*one.store)));

        one.store->before = nullptr;
        run(bucket::publish(one.order)).value();
        CHECK(is_right(*one.store));
        CHECK(one.store->contains("prod/cells/node01/api/metadata.json"));
        CHECK(one.store->contains("prod/cells/node01/api/trigger.json"));
    }
    CHECK(failing > 11); // every list, get, remove, copy and put had its turn
}

TEST_CASE_METHOD(
    fleet, "a draft, a missing version and a missing file are refused with the reason", "[bucket][publish]")
{
    SECTION("a draft")
    {
        run(store->remove("prod/deployments/billing/v1.4.0/manifest.json")).value();
        const auto outcome = run(bucket::publish(order));
        REQUIRE(outcome.has_error());
        CHECK(outcome.error().code() == errc::conflict);
        CHECK(outcome.error().message() == "billing v1.4.0 is a draft; finalize it before publishing");
    }
    SECTION("no such version")
    {
        order.version = version::parse("v9.0.0").value();
        const auto outcome = run(bucket::publish(order));
        REQUIRE(outcome.has_error());
        CHECK(outcome.error().code() == errc::not_found);
        CHECK(outcome.error().message() == "there is no version billing v9.0.0");
    }
    SECTION("a file of the manifest is nowhere")
    {
        run(store->remove("prod/deployments/billing/v1.4.0/run.sh")).value();
        const auto outcome = run(bucket::publish(order));
        REQUIRE(outcome.has_error());
        CHECK(outcome.error().code() == errc::invalid);
        REQUIRE(outcome.error().fields().size() == 1);
        CHECK(outcome.error().fields()[0].field == "run.sh");
    }
    CHECK(writes().size() <= 1); // the section's own
    CHECK_FALSE(store->contains("prod/cells/node01/api/trigger.json"));
}

TEST_CASE_METHOD(fleet, "an override that no host can hold beside the version's files is refused", "[bucket][publish]")
{
    put("prod/cells/node01/api/overrides/run.sh/extra", "x");
    const auto outcome = run(bucket::publish(order));

    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::invalid);
    CHECK_FALSE(looks_complete(*store));
}

TEST_CASE_METHOD(fleet, "a snapshot of another manifest is not triggered in its name", "[bucket][publish]")
{
    std::string other = sealed;
    other.replace(other.find("billing"), 7, "ledger_");
    put(manifest_key, other);
    store->history.clear();
    const auto outcome = run(bucket::publish(order));

    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::conflict);
    CHECK(writes().empty());
}

TEST_CASE_METHOD(
    fleet, "of two publishers the second accepts the snapshot that the first completed", "[bucket][publish]")
{
    store->before = [this](const std::string& operation, const std::string& key) {
        if (operation == "put" && key == manifest_key && !store->contains(key)) {
            store->before = nullptr;
            put(key, sealed);
        }
        return result<void>();
    };
    CHECK_FALSE(run(bucket::publish(order)).value().built);
    CHECK(store->body(manifest_key) == sealed);
}

TEST_CASE_METHOD(fleet, "a store that refuses conditions gets a look and then the manifest", "[bucket][publish]")
{
    bool refused = false;
    store->before = [&refused](const std::string& operation, const std::string& key) {
        if (operation == "put" && key == manifest_key && !std::exchange(refused, true))
            return result<void>(error(errc::unsupported, "conditions are not implemented"));
        return result<void>();
    };
    CHECK(run(bucket::publish(order)).value().built);
    CHECK(is_right(*store));
}

TEST_CASE_METHOD(fleet, "a manifest in another bucket is published across", "[bucket][publish]")
{
    auto far = std::make_shared<memory_store>(time);
    for (const std::string& key : store->keys())
        if (key.starts_with("prod/cells/"))
            run(far->put(key, store->body(key), storage::put_condition::always())).value();
    order.target.store = far;
    run(bucket::publish(order)).value();

    CHECK(is_right(*far));
    CHECK_FALSE(looks_complete(*store));
}
