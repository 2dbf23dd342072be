#include <fleetman/control/event_feed.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/run.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <vector>

using namespace fleetman;
using namespace fleetman::control;
using namespace std::chrono_literals;
using testing::run;

namespace {

struct small_feed
{
    event_feed feed{testing::event_loop().get_executor(), 3};
};

// Whether a wait ends long before its limit when `act` happens during it.
template <class Act>
task<bool> ends_when(event_feed& feed, Act act)
{
    const auto begun = std::chrono::steady_clock::now();
    task_group others(co_await boost::asio::this_coro::executor, "test");
    others.spawn([](Act now) -> task<void> {
        co_await boost::asio::post(boost::asio::use_awaitable); // when the wait is under way
        now();
    }(act));
    co_await feed.wait(feed.last(), 60s);
    co_await others.drain(1s);
    co_return std::chrono::steady_clock::now() - begun < 30s;
}

} // namespace

TEST_CASE_METHOD(small_feed, "events are numbered and read by their numbers", "[control][events]")
{
    CHECK(feed.last() == 0);
    CHECK(feed.covers(0));
    CHECK(feed.publish(subject::agent, "a") == 1);
    CHECK(feed.publish(subject::cell, "n/c") == 2);
    CHECK(feed.at(1).name == "a");
    CHECK(feed.at(2).of == subject::cell);
}

TEST_CASE_METHOD(small_feed, "the ring overtakes who reads too slowly", "[control][events]")
{
    for (const char* const name : {"a", "b", "c", "d"})
        feed.publish(subject::agent, name);
    CHECK(feed.covers(1));
    CHECK(feed.at(2).name == "b");
    CHECK_FALSE(feed.covers(0)); // "a" is gone
    CHECK_FALSE(feed.covers(5)); // not of this feed
}

TEST_CASE_METHOD(small_feed, "an id is of one run of the program", "[control][events]")
{
    const event_feed other(testing::event_loop().get_executor());
    CHECK(feed.number_of(feed.id_of(7)) == 7);
    CHECK_FALSE(feed.number_of(other.id_of(7)).has_value());
    for (const char* const text : {"", "-", "7", "x-7", "-7"})
        CHECK_FALSE(feed.number_of(text).has_value());
    CHECK_FALSE(feed.number_of(feed.id_of(7) + "x").has_value());
}

TEST_CASE_METHOD(small_feed, "a wait ends with the next event and when the feed closes", "[control][events]")
{
    CHECK(run(ends_when(feed, [this] { feed.publish(subject::agent, "a"); })));
    CHECK(run(ends_when(feed, [this] { feed.close(); })));
    run(feed.wait(feed.last(), 60s), 10s); // and those that come later
    CHECK(feed.closed());
}

TEST_CASE_METHOD(small_feed, "there are as many seats as readers may be", "[control][events]")
{
    std::vector<event_feed::seat> taken;
    while (auto one = feed.take_seat())
        taken.push_back(*std::move(one));
    CHECK(taken.size() == event_feed::most_readers);
    taken.pop_back();
    CHECK(feed.take_seat().has_value());
}
