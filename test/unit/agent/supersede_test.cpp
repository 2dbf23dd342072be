#include "service_fixture.hpp"

#include <fleetman/core/task_group.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <catch2/catch.hpp>

using namespace fleetman;
using namespace std::chrono_literals;
using testing::memory_store;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

// Does not answer for one key until it is let go.
class stalling_store final : public memory_store
{
public:
    explicit stalling_store(fleetman::clock& time)
        : memory_store(time), changed_(testing::event_loop(), std::chrono::steady_clock::time_point::max())
    {}

    using memory_store::get;
    std::string key;
    bool stalled = false;
    bool given_up = false; // whoever asked was cancelled

    task<result<storage::object_info>> get(std::string wanted, byte_sink& to) override
    {
        if (wanted == key) {
            stalled = true;
            changed_.cancel();
            given_up = true; // unless this goes on
            while (wanted == key)
                co_await changed_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            given_up = false;
        }
        co_return co_await memory_store::get(std::move(wanted), to);
    }

    void let_go()
    {
        key.clear();
        changed_.cancel();
    }

    task<void> until_stalled()
    {
        while (!stalled)
            co_await changed_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }

private:
    boost::asio::steady_timer changed_; // cancelled, as a notification
};

struct supersede_fixture : service_fixture
{
    supersede_fixture()
    {
        store = stalling;
        at.store = stalling;
    }

    // What one look at the bucket brings, while another sees what `then` has done once the store stalls.
    void cycle_and(std::function<task<void>()> then)
    {
        using namespace boost::asio::experimental::awaitable_operators;
        if (!worker)
            restart_agent();
        task<bool> both = [](supersede_fixture& self, std::function<task<void>()> act) -> task<bool> {
            task<result<agent::agent::cycle>> first = self.worker->once();
            task<result<void>> second = self.second_look(std::move(act));
            const auto [one, two] = co_await (std::move(first) && std::move(second));
            co_return one.has_value() && two.has_value();
        }(*this, std::move(then));
        REQUIRE(testing::run(std::move(both)));
    }

    task<result<void>> second_look(std::function<task<void>()> act)
    {
        co_await stalling->until_stalled();
        task<void> acting = act();
        co_await std::move(acting);
        co_return co_await worker->poll();
    }

    agent::deploy_request wanted(const std::string& version, const std::string& trigger) const
    {
        return {{node, model::cell_id::parse("api").value()}, model::version::parse(version).value(), {"", 0, trigger}};
    }

    task<void> write_trigger(std::string body)
    {
        (void)co_await store->put(trigger_key, std::move(body), storage::put_condition::always());
    }

    std::shared_ptr<stalling_store> stalling = std::make_shared<stalling_store>(time);
    fs::path live = root / "services/api";
    std::string trigger_key = "prod/cells/node01/api/trigger.json";
};

} // namespace

TEST_CASE_METHOD(supersede_fixture, "a newer trigger ends a deployment that is still staging", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    publish("api", "v1.2.0", {{"run.sh", "3"}});
    publish("api", "v1.1.0", {{"run.sh", "2"}, {"large", "never comes"}});
    stalling->key = "prod/cells/node01/api/versions/v1.1.0/large";
    programs.history.clear();
    cycle_and([this] { return write_trigger(R"({"version":"v1.2.0","id":"newer"})"); });

    CHECK(stalling->given_up);
    CHECK(text(live / "run.sh") == "3");
    CHECK(status("api").running_version == "v1.2.0");
    CHECK(status("api").trigger_id == "newer");
    // The service was stopped and started once, for the newer one.
    CHECK(
        programs.history == std::vector<std::string>{"stop fleetman-api", "enable fleetman-api", "start fleetman-api"});
    for (const std::string& name : tree(root / "services/.fleetman/api"))
        CHECK_THAT(name, !Catch::Contains("v1.1.0"));
    CHECK_FALSE(fs::exists(root / "services/.fleetman/api/journal.json"));
    programs.history.clear();
    stalling->key.clear();
    CHECK(cycle().deployed == 0);
    CHECK(programs.history.empty());
}

TEST_CASE_METHOD(supersede_fixture, "the same trigger seen again leaves what is staging alone", "[agent]")
{
    using namespace boost::asio::experimental::awaitable_operators;
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"large", "slow"}});
    stalling->key = "prod/cells/node01/api/versions/v1.0.0/large";
    agent::deployments_in_hand hand;
    const agent::deploy_request request = wanted("v1.0.0", "1");
    task<agent::deploy_outcome> both = [](supersede_fixture& self, agent::deployments_in_hand& all,
                                           agent::deploy_request one) -> task<agent::deploy_outcome> {
        task<agent::deploy_outcome> deploying = all.deploy_newest(self.host, self.at, one);
        task<void> seeing = [](supersede_fixture& within, agent::deployments_in_hand& of,
                                agent::deploy_request again) -> task<void> {
            co_await within.stalling->until_stalled();
            of.supersede(within.at, again);
            within.stalling->let_go();
        }(self, all, one);
        co_return co_await (std::move(deploying) && std::move(seeing));
    }(*this, hand, request);
    CHECK(testing::run(std::move(both)).ending == agent::ending::deployed);
    CHECK(std::count(store->history.begin(), store->history.end(), "get prod/cells/node01/api/versions/v1.0.0/large") ==
          1);
}

TEST_CASE_METHOD(supersede_fixture, "while a deployment goes on, a poll is one request", "[agent]")
{
    publish("api", "v1.0.0", {{"large", "slow"}}, "deploy", "", "");
    testing::run(bucket::ring(at, node)).value();
    restart_agent();
    stalling->key = "prod/cells/node01/api/versions/v1.0.0/large";
    const std::size_t asked = testing::run([](supersede_fixture& self) -> task<std::size_t> {
        (void)co_await self.worker->poll();
        co_await self.stalling->until_stalled();
        self.store->history.clear();
        (void)co_await self.worker->poll();
        const std::size_t seen = self.store->history.size();
        self.stalling->let_go();
        co_await self.worker->idle();
        co_return seen;
    }(*this));
    CHECK(asked == 1);
    CHECK(status("api").success);
}

TEST_CASE_METHOD(supersede_fixture, "a deployment that waits for its turn begins with the newest trigger", "[agent]")
{
    with.max_parallel = 1;
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"large", "slow"}});
    publish("site", "v1.1.0", {{"run.sh", "3"}});
    publish("site", "v1.0.0", {{"run.sh", "2"}});
    stalling->key = "prod/cells/node01/api/versions/v1.0.0/large";
    trigger_key = "prod/cells/node01/site/trigger.json";
    cycle_and([this] {
        store->before = [this](const std::string& operation, const std::string& key) {
            if (operation == "get" && key == trigger_key)
                stalling->let_go(); // what was stalled ends a good while after this trigger is acted on
            return result<void>();
        };
        return write_trigger(R"({"version":"v1.1.0","id":"newer"})");
    });
    CHECK(text(root / "services/site/run.sh") == "3");
    CHECK(status("site").trigger_id == "newer");
    CHECK(std::count(programs.history.begin(), programs.history.end(), "start fleetman-site") == 1);
    for (const std::string& asked : store->history)
        CHECK_THAT(asked, !Catch::Contains("get prod/cells/node01/site/versions/v1.0.0"));
}

TEST_CASE_METHOD(supersede_fixture, "from the switch on a deployment comes to its end", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    publish("api", "v1.1.0", {{"run.sh", "2"}});
    agent::deployments_in_hand hand;
    const std::string at_step = GENERATE("staged", "stopped", "committed", "verified");
    bool seen = false;
    host.on_step = [&](std::string_view step) {
        if (step != at_step)
            return;
        seen = true;
        hand.supersede(at, wanted("v1.1.0", "2"));
    };
    const agent::deploy_outcome outcome = testing::run(hand.deploy_newest(host, at, wanted("v1.0.0", "1")));
    CHECK(seen);
    CHECK(outcome.ending == agent::ending::deployed);
    CHECK(outcome.running->str() == "v1.0.0");
    CHECK(text(live / "run.sh") == "1");
}
