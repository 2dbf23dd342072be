#include "port.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

using namespace fleetman;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using testing::answer;
using testing::follower;
using testing::port;
using testing::run;
namespace json = boost::json;

namespace {

// Operations whose steps last until each is let go.
struct slow_work : port
{
    std::map<std::string, boost::asio::steady_timer> held;

    slow_work()
    {
        app.operations.perform_with("slow", [this](control::operation_step step) { return work(std::move(step)); });
    }

    task<result<void>> work(control::operation_step step)
    {
        const auto here = held.try_emplace(step.cell, testing::event_loop().get_executor());
        here.first->second.expires_at(std::chrono::steady_clock::time_point::max());
        co_await here.first->second.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        co_return result<void>();
    }
    void wait_for_state(const std::string& path, std::size_t step, const std::string& state)
    {
        for (int tries = 0; get(path).body().at("results").at(step).at("state").as_string() != state; ++tries)
            REQUIRE(tries < 1000);
    }
    std::string start(std::vector<std::string> cells)
    {
        return "/operations/" +
               run(app.operations.start({.kind = "slow", .cells = std::move(cells), .details = {}, .who = {}}))
                   .value()
                   .id;
    }
};

} // namespace

TEST_CASE_METHOD(slow_work, "operations are paged from the newest on", "[api][operations]")
{
    std::string expected;
    for (int i = 0; i < 5; ++i)
        expected.insert(0, start({}).substr(12) + ' ');
    std::string seen;
    int pages = 0;
    for (std::string after = "?limit=2"; !after.empty(); ++pages) {
        const json::value page = get("/operations" + after).body();
        for (const json::value& one : page.at("items").as_array())
            seen.append(one.at("id").as_string()).append(" ");
        const json::value& next = page.at("next");
        after = next.is_null() ? "" : "?limit=2&after=" + std::string(next.as_string());
    }
    CHECK(seen == expected);
    CHECK(pages == 3);
    CHECK(get("/operations?after=0").body().at("items").as_array().empty());
    CHECK(get("/operations?limit=5").body().at("next").is_null());
}

TEST_CASE_METHOD(slow_work, "events tell of operations from where their list stood", "[api][operations][events]")
{
    const std::string stood(get("/operations").body().at("event").as_string());
    const std::string id = start({}).substr(12);
    follower events(*this, "?after=" + stood);
    CHECK(events.greeting.find("reset") == std::string::npos);
    CHECK(events.next().find(R"("id":")" + id + '"') != std::string::npos);
}

TEST_CASE_METHOD(slow_work, "an operation is cancelled as it was read, its progress aside", "[api][operations]")
{
    const std::string path = start({"a", "b"});
    wait_for_state(path, 0, "running");
    wait_for_state(path, 1, "running");
    const std::string begun = get(path).field("ETag");
    held.at("a").cancel();
    wait_for_state(path, 0, "succeeded");
    CHECK(get(path).field("ETag") != begun);
    CHECK(remove(path, {{"If-Match", "\"0\""}}).code == status::precondition_failed);
    CHECK(remove(path, {{"If-Match", begun}}).code == status::ok);

    held.at("b").cancel();
    CHECK(get(path + "?wait=10").body().at("ended_at").is_string());
    CHECK(remove(path, {{"If-Match", begun}}).code == status::precondition_failed);
    CHECK(remove(path, {{"If-Match", get(path).field("ETag")}}).code == status::conflict);
}
