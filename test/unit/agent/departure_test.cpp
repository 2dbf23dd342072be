#include "service_fixture.hpp"

#include <fleetman/agent/departure.hpp>
#include <fleetman/core/task_group.hpp>

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include <stdexcept>

using namespace fleetman;
using namespace std::chrono_literals;
using host::service_phase;
using testing::event_loop;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

// An agent that really runs, until it is told to end. What is asked of its service managers takes as long as a test
// wants.
struct departure_fixture : service_fixture
{
    std::string profile = "supervisor";
    system_clock real_time;
    agent::departure leaving{event_loop().get_executor()};
    agent::host_access now{with, &units, &programs, workers, real_time, host.account};
    std::unique_ptr<agent::agent> running;
    std::string held; // what is asked, and not answered

    departure_fixture()
    {
        now.leaving = &leaving;
        with.stop_grace = 0ms;
        for (testing::fake_services* manager : {&units, &programs})
            manager->meanwhile = [this](const std::string& asked) { return hold(asked); };
    }

    testing::fake_services& manager() { return profile == "systemd" ? units : programs; }
    fs::path services() const { return root / (profile == "systemd" ? "units-services" : "services"); }
    fs::path live() const { return services() / (profile == "systemd" ? "fleetman-api" : "api"); }
    bool has_journal() const { return fs::exists(services() / ".fleetman/api/journal.json"); }

    bool was_asked(const std::string& order)
    {
        const auto& history = manager().history;
        return std::find(history.begin(), history.end(), order) != history.end();
    }

    void publish_version(const std::string& version)
    {
        files content{{"run.sh", version}};
        if (profile == "systemd")
            content["app.service"] = "[Service]\nExecStart=/x " + version + "\n";
        publish("api", version, content, profile);
    }

    // v1.0.0 runs, v2.0.0 is asked for.
    void two_versions()
    {
        publish_version("v1.0.0");
        cycle();
        publish_version("v2.0.0");
        manager().history.clear();
    }

    // Until it has ended; `meanwhile` beside it.
    void run_agent(std::function<task<void>()> meanwhile = {})
    {
        testing::run(run_to_its_end(std::move(meanwhile)));
        running.reset();
    }

    task<void> until(std::function<bool()> holds)
    {
        const auto last = std::chrono::steady_clock::now() + 60s;
        while (!holds() && std::chrono::steady_clock::now() < last)
            co_await real_time.sleep(1ms);
        CHECK(holds());
    }

    task<void> end_when_asked(std::string order)
    {
        co_await until([&] { return was_asked(order); });
        running->stop();
    }

    task<void> end_when_others_went_on()
    {
        co_await until([this] {
            return store->contains("prod/agents/node01.json") && store->contains("prod/cells/node01/site/status.json");
        });
        CHECK_FALSE(held.empty());
        const auto by_hand = co_await running->roll_back(model::cell_id::parse("api").value(), "v1.0.0");
        CHECK(by_hand.error().code() == errc::conflict);
        running->stop();
        held.clear();
    }

    // From any thread.
    void tell_to_end()
    {
        boost::asio::post(event_loop(), [this] { running->stop(); });
    }

    // A later agent, which finds everything as this one has left it.
    void check_next_agent_ends_at(const std::string& version)
    {
        held.clear();
        restart_agent();
        cycle();
        CHECK(text(live() / "run.sh") == version);
        CHECK(status("api").success);
        CHECK(status("api").running_version == version);
        CHECK(manager().of("fleetman-api").phase == service_phase::running);
        CHECK_FALSE(has_journal());
    }

private:
    task<void> hold(std::string asked)
    {
        while (asked == held)
            co_await real_time.sleep(1ms);
    }

    task<void> run_to_its_end(std::function<task<void>()> meanwhile)
    {
        const auto executor = co_await boost::asio::this_coro::executor;
        running = std::make_unique<agent::agent>(now, at, executor, "0.0.0-test");
        CHECK((co_await running->start()).has_value());
        task_group beside(executor, "test");
        if (meanwhile)
            beside.spawn(meanwhile());
        co_await running->run();
        co_await beside.drain(60s);
    }
};

} // namespace

TEST_CASE_METHOD(departure_fixture, "what is recovered delays neither heartbeats nor other cells", "[agent]")
{
    publish_version("v1.0.0");
    cycle();
    publish_version("v2.0.0");
    host.on_step = [this](std::string_view step) {
        if (step != "switched")
            return;
        host.on_step = nullptr;
        throw std::runtime_error("cut off");
    };
    cycle();
    REQUIRE(has_journal());
    worker.reset();

    remove("prod/agents/node01.json");
    publish("site", "v1.0.0", {{"index.html", "x"}}, "deploy", "", "");
    held = "start fleetman-api";
    run_agent([this] { return end_when_others_went_on(); });
    CHECK(has_journal()); // it was not watched yet
    CHECK(programs.of("fleetman-api").phase == service_phase::running);
    check_next_agent_ends_at("v2.0.0");
}

TEST_CASE_METHOD(
    departure_fixture, "told to end while a service is being stopped, the agent has it run again", "[agent]")
{
    profile = GENERATE("supervisor", "systemd");
    two_versions();
    held = "stop fleetman-api";
    run_agent([this] { return end_when_asked("stop fleetman-api"); });
    CHECK(manager().history.back() == "start fleetman-api");
    CHECK(manager().of("fleetman-api").phase == service_phase::running);
    CHECK(text(live() / "run.sh") == "v1.0.0");
    CHECK(has_journal());
    check_next_agent_ends_at("v2.0.0");
}

TEST_CASE_METHOD(departure_fixture, "supervisord is asked again until the service is no longer stopping", "[agent]")
{
    two_versions();
    held = "stop fleetman-api";
    int left = 3;
    programs.when_started = [&](const std::string&) {
        return host::service_state{.phase = --left > 0 ? service_phase::stopping : service_phase::running};
    };
    run_agent([this] { return end_when_asked("stop fleetman-api"); });
    CHECK(left == 0);
    CHECK(programs.of("fleetman-api").phase == service_phase::running);
}

TEST_CASE_METHOD(departure_fixture, "an agent that was told to end stops no service any more", "[agent]")
{
    with.stop_grace = 60s; // so that nothing is cancelled
    two_versions();
    now.on_step = [this](std::string_view step) {
        if (step == "staged")
            running->stop();
    };
    run_agent();
    CHECK(manager().history.empty());
    CHECK(text(live() / "run.sh") == "v1.0.0");
    check_next_agent_ends_at("v2.0.0");
}

TEST_CASE_METHOD(departure_fixture, "told to end behind the stop, the agent starts the service first", "[agent]")
{
    profile = GENERATE("supervisor", "systemd");
    const std::string behind =
        GENERATE("stopped", "carried", "ready", "committed", "aligned", "loaded", "switched", "started");
    INFO(profile << ", behind " << behind);
    two_versions();
    now.on_step = [&](std::string_view step) {
        if (step == behind)
            tell_to_end();
    };
    run_agent();
    CHECK(manager().history.back() == "start fleetman-api");
    CHECK(manager().of("fleetman-api").phase == service_phase::running);
    CHECK(text(live() / "run.sh") == "v2.0.0");
    CHECK(has_journal()); // it was not watched yet
    check_next_agent_ends_at("v2.0.0");
}

TEST_CASE_METHOD(departure_fixture, "what fails while the agent ends is undone first", "[agent]")
{
    two_versions();
    const fs::path shared = services() / ".fleetman/api/shared";
    now.on_step = [&](std::string_view step) {
        if (step != "stopped")
            return;
        fs::remove_all(shared);
        write(shared, "no folder");
        tell_to_end();
    };
    run_agent();
    CHECK(manager().of("fleetman-api").phase == service_phase::running);
    CHECK(text(live() / "run.sh") == "v1.0.0");
    fs::remove(shared);
    trigger("api", "v2.0.0");
    check_next_agent_ends_at("v2.0.0");
}

TEST_CASE_METHOD(departure_fixture, "a version that failed is gone back from before the agent ends", "[agent]")
{
    publish_version("v1.0.0");
    cycle();
    publish("api", "v2.0.0", {{"run.sh", "v2.0.0 crash"}});
    now.on_step = [this, count = 0](std::string_view step) mutable {
        if (step == "stopped" && ++count == 2) // on the way back
            tell_to_end();
    };
    run_agent();
    CHECK(programs.of("fleetman-api").phase == service_phase::running);
    CHECK(text(live() / "run.sh") == "v1.0.0");
    restart_agent();
    cycle();
    CHECK(text(live() / "run.sh") == "v1.0.0");
    CHECK(status("api").state == "rolled_back");
    CHECK_FALSE(has_journal());
}
