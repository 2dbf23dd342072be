#include <fleetman/storage/change_notices.hpp>
#include <fleetman/storage/write_listener.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/memory_store.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using testing::run;

namespace {

struct diary final : storage::write_listener
{
    std::vector<std::string> lines;
    void written(const std::string& key, const std::string* body) override
    {
        lines.push_back("written " + key + (body != nullptr ? " as " + *body : ""));
    }
    void removed(const std::string& key) override { lines.push_back("removed " + key); }
};

struct listened
{
    testing::manual_clock time;
    std::shared_ptr<testing::memory_store> under = std::make_shared<testing::memory_store>(time);
    diary heard;
    storage::request_counts counts;
    std::shared_ptr<storage::object_store> store = storage::listened_to(under, heard, counts);
};

using lines = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(listened, "whoever listens to a store hears of every write and removal", "[storage]")
{
    run(store->put("a", "1")).value();
    string_source body("22");
    run(store->put("b", body, 2)).value();
    run(store->copy("a", "c")).value();
    run(store->remove("a")).value();
    run(store->remove_all({"b", "c"})).value();
    run(store->get("d", 10)).error();
    CHECK(heard.lines == lines{"written a as 1", "written b", "written c", "removed a", "removed b", "removed c"});
    CHECK(counts[{"put", "ok"}] == 2);
    CHECK(counts[{"delete", "ok"}] == 2);
    CHECK(counts[{"get", "not found"}] == 1);
}

TEST_CASE_METHOD(listened, "what failed may have happened, and is told without its content", "[storage]")
{
    under->before = [](const std::string&, const std::string&) {
        return result<void>(error(errc::unavailable, "no answer"));
    };
    CHECK(run(store->put("a", "1")).has_error());
    CHECK(run(store->remove("a")).has_error());
    CHECK(heard.lines == lines{"written a", "written a"});
    CHECK(counts[{"put", "unavailable"}] == 1);
}

TEST_CASE("changes wait to be taken, each once, and wake once", "[storage]")
{
    storage::change_notices notices;
    notices.changed("b", "nobody/listens.json");
    int woken = 0;
    notices.listen([&woken] { ++woken; }, [](const std::string& key) { return key.ends_with(".json"); });
    notices.changed("b", "x.json");
    notices.changed("b", "x.json");
    notices.changed("b", "y.json");
    notices.changed("b", "y.txt");
    CHECK(woken == 1);
    REQUIRE(notices.take().size() == 2);
    CHECK(notices.take().empty());
    notices.changed("b", "x.json");
    CHECK(woken == 2);
    notices.listen({}, {});
    notices.changed("b", "x.json");
    CHECK(notices.take().empty());
}
