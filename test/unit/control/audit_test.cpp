#include <fleetman/control/audit.hpp>
#include <fleetman/testing/controller.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <memory>

using namespace fleetman;
using namespace fleetman::control;
using namespace std::chrono_literals;
using testing::run;

namespace {

task<result<void>> change_one(audit& to, std::string what)
{
    auto id = co_await to.begin({"alice", ""}, std::move(what));
    if (!id)
        co_return id.error();
    to.end(*id, {204, {}, {}});
    co_return result<void>();
}

struct kept_audit
{
    testing::temporary_folder folder;
    testing::manual_clock time;
    worker_pool pool{1};
    std::filesystem::path file = folder.path / "audit.jsonl";
    std::unique_ptr<audit> log = open();

    ~kept_audit() { run(log->stop()); }

    std::unique_ptr<audit> open()
    {
        auto fresh = std::make_unique<audit>(testing::event_loop().get_executor(), time);
        fresh->keep_in(file, pool).value();
        return fresh;
    }
    void restart()
    {
        run(log->stop());
        log = open();
    }
    std::string begin(const std::string& who, const std::string& what)
    {
        return run(log->begin({who, "192.0.2.1"}, what)).value();
    }
    void change(const std::string& who, const std::string& what) { log->end(begin(who, what), {200, {}, {}}); }
    audit::page find(audit::query wanted) { return run(log->find(std::move(wanted))).value(); }
    std::vector<std::string> all_pages(audit::query wanted)
    {
        std::vector<std::string> found;
        for (bool more = true; more;) {
            const audit::page part = find(wanted);
            for (const audit_entry& one : part.entries)
                found.push_back(one.what);
            more = part.more;
            if (more)
                wanted.after = part.entries.back().id;
        }
        return found;
    }
};

} // namespace

TEST_CASE_METHOD(kept_audit, "a change is kept with who, when, from where, what and its result", "[control][audit]")
{
    const std::string id = begin("alice", "PUT /api/v1/manifests/billing");
    const wall_time asked = time.time;
    time.time += 2s;
    log->end(id, {412, "it has changed since you read it", ""});
    restart();
    const auto entries = find({}).entries;

    REQUIRE(entries.size() == 1);
    CHECK(entries[0].when == asked);
    CHECK(entries[0].who == actor{"alice", "192.0.2.1"});
    CHECK(entries[0].what == "PUT /api/v1/manifests/billing");
    CHECK(entries[0].ended == time.time);
    CHECK(entries[0].status == 412);
    CHECK(entries[0].error == "it has changed since you read it");
}

TEST_CASE_METHOD(kept_audit, "a change whose end a crash cut off is there, its result unknown", "[control][audit]")
{
    begin("alice", "DELETE /api/v1/cells/node01/api");
    restart();
    std::ofstream(file, std::ios::app) << R"({"id":"torn","when":"2026)";
    restart();
    change("bob", "POST /api/v1/cells");
    const auto entries = find({}).entries;

    REQUIRE(entries.size() == 2);
    CHECK(entries[0].who.name == "bob");
    CHECK(entries[1].what == "DELETE /api/v1/cells/node01/api");
    CHECK_FALSE(entries[1].ended.has_value());
}

TEST_CASE_METHOD(kept_audit, "entries come newest first, in pages, by who and what", "[control][audit]")
{
    std::vector<std::string> expected;
    for (int i = 0; i < 25; ++i) {
        const std::string what = "PUT /thing/" + std::to_string(i);
        change(i % 2 == 0 ? "alice" : "bob", what);
        expected.insert(expected.begin(), what);
    }
    CHECK(all_pages({.limit = 100}) == expected);
    CHECK(all_pages({.limit = 7}) == expected);
    CHECK(all_pages({.limit = 25}) == expected);
    CHECK(all_pages({.who = "bob", .limit = 5}).size() == 12);
    CHECK(all_pages({.who = "nobody", .limit = 5}).empty());
    CHECK(all_pages({.what = "thing/2", .limit = 2}) == std::vector<std::string>{"PUT /thing/24", "PUT /thing/23",
                                                            "PUT /thing/22", "PUT /thing/21", "PUT /thing/20",
                                                            "PUT /thing/2"});
}

TEST_CASE_METHOD(kept_audit, "the files of the audit log are bounded, and are read as one", "[control][audit]")
{
    const std::string padding(1400, 'x');
    const std::size_t count = 2 * audit::file_bytes / padding.size();
    run(for_each_concurrently(count, 500, [this, &padding](std::size_t i) {
        return change_one(*log, std::to_string(i) + padding);
    })).value();
    run(log->stop());

    CHECK(rotated_files(file, audit::files_kept).size() == 3);
    for (const auto& one : rotated_files(file, audit::files_kept))
        CHECK(std::filesystem::file_size(one) <= audit::file_bytes);
    CHECK(all_pages({.limit = 1000}).size() == count);
}

TEST_CASE("rotated files beyond those kept go", "[control][audit]")
{
    testing::temporary_folder folder;
    const auto file = folder.path / "lines";
    record_file lines = record_file::open(file).value();
    for (int i = 0; i < 6; ++i) {
        lines.append(std::to_string(i) + '\n').value();
        lines.rotate(3).value();
    }
    CHECK(lines.size() == 0);
    std::string seen;
    for (const auto& one : rotated_files(file, 10))
        read_records(one, 100, [&seen](std::string_view line) { seen += line; }).value();
    CHECK(seen == "543");
}

TEST_CASE_METHOD(kept_audit, "many at once share the disk's patience and lose no line", "[control][audit]")
{
    constexpr std::size_t writers = 200;
    run(for_each_concurrently(writers, writers, [this](std::size_t i) {
        return change_one(*log, "POST /" + std::to_string(i));
    })).value();
    restart();
    const auto entries = find({.limit = 1000}).entries;
    CHECK(entries.size() == writers);
    CHECK(std::ranges::all_of(entries, [](const audit_entry& one) { return one.status == 204; }));
}
