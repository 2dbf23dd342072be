#include <fleetman/bucket/documents.hpp>
#include <fleetman/bucket/publish.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/testing/faulty_store.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/run.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>

// Publishing when requests go wrong and when others write at the same time: every request of the sequence has its turn.

using namespace fleetman;
using namespace fleetman::model;
using testing::fault;
using testing::faulty_store;
using testing::run;

namespace {

const std::string version_folder = "prod/deployments/billing/v1.4.0/";
const std::string cell_folder = "prod/cells/node01/api/";
const std::string snapshot_folder = cell_folder + "versions/v1.4.0/";
const std::string manifest_key = snapshot_folder + "manifest.json";

// Across buckets what is larger than this is streamed.
const std::string large(3'000'000, 'L');

const char* const seal = R"({"manifest_name":"billing","version":"v1.4.0","profile":"supervisor","bucket":"main",
    "created_at":"2026-01-05T10:00:00+00:00","files":[{"path":"run.sh","file_type":"text","mode":"0700"},
    {"path":"bin/server","file_type":"binary"},{"path":"bin/large","file_type":"binary"}]})";

// What someone else does in the middle of a request of ours: on an event loop of its own.
template <class T>
T run_apart(task<result<T>> work)
{
    boost::asio::io_context loop;
    std::optional<result<T>> outcome;
    task<void> kept = [](task<result<T>> inner, std::optional<result<T>>& to) -> task<void> {
        to = co_await std::move(inner);
    }(std::move(work), outcome);
    boost::asio::co_spawn(loop, std::move(kept), boost::asio::detached);
    loop.run();
    return std::move(outcome->value());
}

struct two_buckets
{
    testing::manual_clock time;
    std::shared_ptr<faulty_store> versions = std::make_shared<faulty_store>(time);
    std::shared_ptr<faulty_store> cells; // the same, or another
    bucket::publish_order order;

    explicit two_buckets(bool across)
        : cells(across ? std::make_shared<faulty_store>(time) : versions),
          order{{versions, bucket::keyspace(key_prefix::parse("prod").value())},
              {cells, bucket::keyspace(key_prefix::parse("prod").value())}, manifest_name::parse("billing").value(),
              model::version::parse("v1.4.0").value(), cell_ref::parse("node01/api").value()}
    {
        put(*versions, version_folder + "run.sh", "#!/bin/sh\n");
        put(*versions, version_folder + "bin/server", "ELF");
        put(*versions, version_folder + "bin/large", large);
        put(*versions, version_folder + "manifest.json", seal);
        put(*cells, cell_folder + "overrides/bin/server", "OVERRIDDEN");
        put(*cells, cell_folder + "overrides_manifest.json",
            R"({"files":[{"path":"bin/server","file_type":"binary","mode":"0755"}]})");
        put(*cells, snapshot_folder + "bin/old", "what a broken attempt left");
        versions->requests = cells->requests = 0;
    }

    static void put(faulty_store& to, const std::string& key, std::string body)
    {
        const auto hook = std::exchange(to.at, nullptr);
        const auto failing = std::exchange(to.failing, std::nullopt);
        const std::size_t requests = to.requests;
        run_apart(to.memory_store::put(key, std::move(body), storage::put_condition::always()));
        to.at = hook;
        to.failing = failing;
        to.requests = requests;
    }

    bool looks_complete() const { return cells->contains(manifest_key); }

    // Every file of the snapshot is there with the bytes of the manifest, and nothing else.
    void check_right(const std::string& server) const
    {
        std::vector<std::string> present;
        for (const std::string& key : cells->keys())
            if (key.starts_with(snapshot_folder))
                present.push_back(key.substr(snapshot_folder.size()));
        CHECK(present == std::vector<std::string>{
                             "bin/large", "bin/server", "manifest.json", "overrides_manifest.json", "run.sh"});
        CHECK(cells->body(snapshot_folder + "bin/server") == server);
        check_consistent();
    }
    void check_consistent() const
    {
        const snapshot written = parse_snapshot(cells->body(manifest_key)).value();
        for (const file_entry& file : written.content.files) {
            REQUIRE(cells->contains(snapshot_folder + file.path.str()));
            CHECK(file.etag == md5_hex(cells->body(snapshot_folder + file.path.str())));
        }
    }
    void check_triggered() const
    {
        CHECK(cells->contains(cell_folder + "metadata.json"));
        CHECK(cells->contains(cell_folder + "trigger.json"));
        CHECK(cells->contains("prod/fleetman/nodes/node01.json"));
    }
};

// Lets request after request of one of the stores go wrong, until there is none left.
void fail_each(bool across, bool in_cells, fault kind)
{
    std::size_t failing = 0;
    for (bool reached = true; reached; ++failing) {
        two_buckets one(across);
        faulty_store& bad = in_cells ? *one.cells : *one.versions;
        bad.failing = failing;
        bad.kind = kind;
        const auto outcome = run(bucket::publish(one.order));
        reached = bad.requests > failing;
        INFO("request " << failing << (outcome ? " none failed" : outcome.error().message()));
        CHECK(outcome.has_error() == reached);
        if (one.looks_complete())
            one.check_right("OVERRIDDEN");
        if (one.cells->contains(cell_folder + "trigger.json"))
            CHECK(one.looks_complete());

        bad.failing.reset();
        run(bucket::publish(one.order)).value();
        one.check_right("OVERRIDDEN");
        one.check_triggered();
    }
    CHECK(failing > (across && !in_cells ? 4U : 12U)); // each list, get, remove, copy and put had its turn
}

} // namespace

TEST_CASE("whichever request goes wrong, no half version looks complete and a repeat ends well", "[bucket][faults]")
{
    const fault kind = GENERATE(fault::refused, fault::lost_answer, fault::cut);
    INFO("kind " << static_cast<int>(kind));
    SECTION("in one bucket")
    {
        fail_each(false, true, kind);
    }
    SECTION("in the cell's bucket, across")
    {
        fail_each(true, true, kind);
    }
    SECTION("in the manifest's bucket, across")
    {
        fail_each(true, false, kind);
    }
}

TEST_CASE("whenever a file changes during a publish, it is refused or published whole", "[bucket][faults]")
{
    const bool across = GENERATE(false, true);
    const bool pins = GENERATE(true, false);
    const bool overridden = GENERATE(false, true);
    INFO("across " << across << ", pins " << pins << ", overridden " << overridden);
    std::size_t refused = 0;
    std::size_t changing = 0;
    for (bool reached = true; reached; ++changing) {
        two_buckets one(across);
        one.versions->pins = one.cells->pins = pins;
        faulty_store& watched = overridden ? *one.cells : *one.versions;
        const std::string key = overridden ? cell_folder + "overrides/bin/server" : version_folder + "bin/large";
        watched.at = [&](std::size_t number) {
            if (number == changing)
                two_buckets::put(watched, key, "CHANGED");
        };
        const auto outcome = run(bucket::publish(one.order));
        reached = watched.requests > changing;
        INFO("at request " << changing << ": " << (outcome ? "published" : outcome.error().message()));
        if (outcome) {
            one.check_consistent();
        } else {
            ++refused;
            CHECK(outcome.error().code() == errc::conflict);
            CHECK_FALSE(one.looks_complete());
            CHECK_FALSE(one.cells->contains(cell_folder + "trigger.json"));
            run(bucket::publish(one.order)).value(); // of what the files are now
            one.check_consistent();
        }
    }
    CHECK(refused > 0);
}

TEST_CASE("two publishers that know nothing of each other make one snapshot", "[bucket][faults]")
{
    // The second one's whole publish takes place within each request of the first in turn.
    std::size_t meeting = 0;
    for (bool reached = true; reached; ++meeting) {
        two_buckets one(false);
        bool second_published = false;
        one.cells->at = [&](std::size_t number) {
            if (number != meeting || std::exchange(second_published, true))
                return;
            one.cells->at = nullptr;
            run_apart(bucket::publish(one.order));
        };
        const std::size_t before = one.cells->history.size();
        run(bucket::publish(one.order)).value();
        reached = second_published;
        INFO("at request " << meeting);
        one.check_right("OVERRIDDEN");
        one.check_triggered();
        if (reached)
            CHECK(std::count(one.cells->history.begin() + static_cast<std::ptrdiff_t>(before), one.cells->history.end(),
                      "put " + manifest_key) <= 2);
    }
    CHECK(meeting > 14);
}

TEST_CASE("a snapshot that another publisher's late copies have damaged is not announced", "[bucket][faults]")
{
    // The second one completes the snapshot in the middle of the first one's work, and an override changes right then.
    const bool pins = GENERATE(true, false);
    std::size_t damaged = 0;
    std::size_t meeting = 0;
    for (bool reached = true; reached; ++meeting) {
        two_buckets one(false);
        one.cells->pins = pins;
        bool second_published = false;
        one.cells->at = [&](std::size_t number) {
            if (number != meeting || std::exchange(second_published, true))
                return;
            one.cells->at = nullptr;
            run_apart(bucket::publish(one.order));
            two_buckets::put(*one.cells, cell_folder + "overrides/bin/server", "EDITED");
        };
        const auto outcome = run(bucket::publish(one.order));
        reached = second_published;
        INFO("at request " << meeting << ": " << (outcome ? "published" : outcome.error().message()));
        if (outcome) {
            one.check_consistent();
            continue;
        }
        ++damaged;
        CHECK(outcome.error().code() == errc::conflict);
        CHECK(outcome.error().message().find("is not what the snapshot's manifest says") != std::string::npos);
    }
    CHECK(damaged > 0);
}
