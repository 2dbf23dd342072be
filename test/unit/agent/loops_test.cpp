#include "service_fixture.hpp"

#include <fleetman/testing/stepping_clock.hpp>

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

using namespace fleetman;
using namespace std::chrono_literals;
using testing::event_loop;
using testing::run;
using testing::service_fixture;
using testing::stepping_clock;

namespace {

// An agent whose loops run, with a heartbeat each minute and a poll each half.
struct loops_fixture : service_fixture
{
    stepping_clock clock;
    agent::host_access stepped{with, &units, &programs, workers, clock, host.account};
    bool ended = false;

    void begin()
    {
        worker = run(made());
        run(worker->start()).value();
        boost::asio::co_spawn(event_loop(), worker->run(), [this](std::exception_ptr) { ended = true; });
        wait_for([this] { return store->contains("prod/agents/node01.json"); });
    }

    ~loops_fixture()
    {
        if (!worker)
            return;
        worker->stop();
        for (int i = 0; i < 1000 && !ended; ++i)
            event_loop().run_for(10ms);
        worker.reset();
    }

    template <class Condition>
    static void wait_for(Condition condition)
    {
        const auto until = std::chrono::steady_clock::now() + 60s;
        while (!condition()) {
            REQUIRE(std::chrono::steady_clock::now() < until);
            event_loop().restart();
            event_loop().run_for(1ms);
        }
    }

    // What becomes of the loops by then, half a second after the other.
    void let_pass(milliseconds duration)
    {
        for (milliseconds passed{}; passed < duration; passed += 500ms) {
            clock.advance(500ms);
            event_loop().restart();
            event_loop().run_for(1ms);
        }
    }

    std::size_t heartbeats() const
    {
        return static_cast<std::size_t>(
            std::count(store->history.begin(), store->history.end(), "put prod/agents/node01.json"));
    }

private:
    task<std::unique_ptr<agent::agent>> made()
    {
        co_return std::make_unique<agent::agent>(stepped, at, co_await boost::asio::this_coro::executor, "0.0.0-test");
    }
};

} // namespace

TEST_CASE_METHOD(loops_fixture, "a deployment that ended is reported at once, not with the next heartbeat", "[agent]")
{
    REQUIRE(with.heartbeat_interval == 60s);
    begin();
    publish("site", "v1.0.0", {{"index.html", "x"}}, "deploy", "", "");
    let_pass(34s); // the poll, whose pause is up to a tenth longer
    wait_for([this] { return store->contains("prod/cells/node01/site/status.json"); });
    let_pass(2s);
    wait_for([this] { return !report().cells.empty(); });
    CHECK(report().cells.at(0).state == "deployed");
    CHECK(heartbeats() == 2);
}

TEST_CASE_METHOD(loops_fixture, "a service that went down is reported at once too", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"app.service", "[Service]\nExecStart=/x\n"}}, "systemd");
    cycle();
    begin();
    REQUIRE(report().cells.at(0).health == "running");
    let_pass(16s); // the first look
    const std::size_t before = heartbeats();
    units.of("fleetman-api").phase = host::service_phase::failed;
    let_pass(16s);
    wait_for([this] { return report().cells.at(0).health == "failed"; });
    CHECK(heartbeats() == before + 1);
}

TEST_CASE_METHOD(loops_fixture, "nothing is reported between heartbeats while nothing changes", "[agent]")
{
    begin();
    let_pass(58s);
    CHECK(heartbeats() == 1);
    let_pass(10s);
    wait_for([this] { return heartbeats() == 2; });
}
