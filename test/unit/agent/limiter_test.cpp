#include "service_fixture.hpp"

#include <fleetman/agent/limiter.hpp>
#include <fleetman/core/task_group.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace fleetman;
using agent::limiter;
using testing::run;
using testing::service_fixture;

namespace {

struct counted_work
{
    std::size_t now = 0;
    std::size_t most = 0;
    std::size_t done = 0;
};

task<void> work(limiter& places, counted_work& seen)
{
    const limiter::place place = co_await places.enter();
    seen.most = std::max(seen.most, ++seen.now);
    for (int turns = 0; turns < 5; ++turns) // others could come in meanwhile
        co_await boost::asio::post(boost::asio::use_awaitable);
    --seen.now;
    ++seen.done;
}

task<counted_work> ten_pieces_of_work(std::size_t first, std::size_t later)
{
    const auto executor = co_await boost::asio::this_coro::executor;
    limiter places(executor, first);
    counted_work seen;
    task_group all(executor, "work");
    for (int i = 0; i < 10; ++i)
        all.spawn(work(places, seen));
    if (later != first) {
        places.resize(later);
        seen.most = 0; // from now on, whenever one more comes in
    }
    co_await all.drain(std::chrono::minutes(1));
    co_return seen;
}

} // namespace

TEST_CASE("a limiter lets in as many as it has places, and everybody in the end", "[agent]")
{
    for (const std::size_t places : {1U, 3U, 10U}) {
        const counted_work seen = run(ten_pieces_of_work(places, places));
        CHECK(seen.most == places);
        CHECK(seen.done == 10);
    }
}

TEST_CASE("a limiter of no places has one, for else nothing would ever be done", "[agent]")
{
    CHECK(run(ten_pieces_of_work(0, 0)).most == 1);
}

TEST_CASE("a limiter that is made smaller or larger acts on it", "[agent]")
{
    CHECK(run(ten_pieces_of_work(8, 2)).most == 2);
    CHECK(run(ten_pieces_of_work(1, 5)).most == 5);
    CHECK(run(ten_pieces_of_work(1, 5)).done == 10);
}

TEST_CASE_METHOD(service_fixture, "no more cells are deployed beside one another than max_parallel", "[agent]")
{
    with.max_parallel = GENERATE(1U, 3U);
    std::set<std::string> under_way;
    std::size_t most = 0;
    // From the first question about a cell's version to the word of what became of it.
    store->before = [&](const std::string& operation, const std::string& key) {
        const std::string cell = key.substr(0, key.find('/', std::string("prod/cells/node01/").size()));
        if (operation == "get" && key.find("/versions/") != std::string::npos)
            under_way.insert(cell);
        if (operation == "put" && key.ends_with("/status.json"))
            under_way.erase(cell);
        most = std::max(most, under_way.size());
        return result<void>();
    };
    for (int i = 0; i < 8; ++i)
        publish("site" + std::to_string(i), "v1.0.0", {{"index.html", "x"}}, "deploy", "", "");
    under_way.clear();
    most = 0;
    CHECK(cycle().deployed == 8);
    CHECK(most <= with.max_parallel);
    CHECK((with.max_parallel == 1 || most > 1));
}
