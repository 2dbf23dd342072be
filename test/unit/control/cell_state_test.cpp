#include <fleetman/control/cell_state.hpp>
#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::control;
using namespace std::chrono_literals;

namespace {

const model::cell_id api = model::cell_id::parse("api").value();
const wall_time now = from_unix_seconds(1'767'600'000);

// A healthy cell: published a minute ago, deployed ten seconds later, reported running twenty seconds ago.
struct healthy
{
    struct
    {
        std::optional<seen_trigger> trigger;
        std::optional<model::deployment_status> status;
        std::optional<model::agent_report> agent;
        std::string unreadable;
    } evidence;

    healthy()
    {
        evidence.trigger = seen_trigger{{model::version::parse("v1.4.0").value(), "t1"}, now - 60s};
        evidence.status = model::deployment_status{
            .running_version = "v1.4.0", .applied_at = unix_seconds(now - 50s), .success = true, .trigger_id = "t1"};
        evidence.agent = model::agent_report{.report_timestamp = unix_seconds(now - 20s),
            .node = model::node_id::parse("node01").value(),
            .cells = {{.cell = api,
                .manifest = model::manifest_name::parse("billing").value(),
                .version = "v1.4.0",
                .running = true}}};
    }

    cell_verdict verdict() const
    {
        cell_evidence seen;
        seen.trigger = evidence.trigger ? &*evidence.trigger : nullptr;
        seen.status = evidence.status ? &*evidence.status : nullptr;
        seen.agent = evidence.agent ? &*evidence.agent : nullptr;
        if (evidence.agent && !evidence.agent->cells.empty())
            seen.report = &evidence.agent->cells.front();
        seen.unreadable = evidence.unreadable;
        return judge_cell(seen, now);
    }
    model::cell_report& report() { return evidence.agent->cells.front(); }
};

} // namespace

TEST_CASE_METHOD(healthy, "a cell whose published version is reported running is running", "[control][cell_state]")
{
    CHECK(verdict().state == cell_state::running);
    CHECK(verdict().reason == "v1.4.0 runs");
}

TEST_CASE_METHOD(healthy, "a deploy cell has nothing that runs and counts as running", "[control][cell_state]")
{
    report().running.reset();
    CHECK(verdict().state == cell_state::running);
    CHECK(verdict().reason == "v1.4.0 is in place");
}

TEST_CASE_METHOD(healthy, "without a trigger a cell was never deployed", "[control][cell_state]")
{
    evidence.trigger.reset();
    CHECK(verdict().state == cell_state::never_deployed);
}

TEST_CASE_METHOD(healthy, "a trigger that no status answers is pending, by id or by time", "[control][cell_state]")
{
    SECTION("there is no status")
    {
        evidence.status.reset();
    }
    SECTION("the status is of another trigger of the same second")
    {
        evidence.status->trigger_id = "t0";
    }
    SECTION("the status is older than the trigger")
    {
        evidence.status->trigger_id.reset();
        evidence.status->applied_at = unix_seconds(now - 61s);
    }
    CHECK(verdict().state == cell_state::pending);
    CHECK(
        verdict().reason == "v1.4.0 was published at 2026-01-05T07:59:00+00:00 and the agent has not acted on it yet");
}

TEST_CASE_METHOD(
    healthy, "a status of the original, which knows no trigger ids, answers by its time", "[control][cell_state]")
{
    evidence.status->trigger_id.reset();
    CHECK(verdict().state == cell_state::running);
}

TEST_CASE_METHOD(healthy, "an agent that says so is deploying", "[control][cell_state]")
{
    report().state = "deploying";
    report().trigger_id = "t1";
    CHECK(verdict().state == cell_state::deploying);
}

TEST_CASE_METHOD(healthy, "a failure with nothing to go back to is failed, with another version rolled back",
    "[control][cell_state]")
{
    evidence.status->success = false;
    evidence.status->error = "exited with 1";
    const auto [running, state, reason] = GENERATE(table<std::string, cell_state, std::string>({
        {"unknown", cell_state::failed, "v1.4.0 failed: exited with 1"},
        {"v1.4.0", cell_state::failed, "v1.4.0 failed: exited with 1"},
        {"v1.3.9", cell_state::rolled_back, "v1.4.0 failed and v1.3.9 runs again: exited with 1"},
    }));
    evidence.status->running_version = running;
    CHECK(verdict().state == state);
    CHECK(verdict().reason == reason);
}

TEST_CASE_METHOD(healthy, "a deployed service that is not running is stopped", "[control][cell_state]")
{
    report().running = false;
    CHECK(verdict().state == cell_state::stopped);
}

TEST_CASE_METHOD(healthy, "an agent that never reported or is dead makes the cell silent", "[control][cell_state]")
{
    SECTION("never")
    {
        evidence.agent.reset();
        CHECK(verdict().reason == "the agent of this node has never reported");
    }
    SECTION("dead")
    {
        evidence.agent->report_timestamp = unix_seconds(now - 601s);
        CHECK(verdict().reason == "the agent of this node reported last at 2026-01-05T07:49:59+00:00");
    }
    CHECK(verdict().state == cell_state::agent_silent);
}

TEST_CASE_METHOD(
    healthy, "a heartbeat older than the deployment does not contradict it, a newer one does", "[control][cell_state]")
{
    evidence.agent->cells.clear();
    CHECK(verdict().state == cell_state::unknown);
    CHECK(verdict().reason == "v1.4.0 was deployed, but the agent does not report this cell");

    evidence.agent->report_timestamp = evidence.status->applied_at;
    CHECK(verdict().state == cell_state::running);
}

TEST_CASE_METHOD(healthy, "another version in the heartbeat is unknown, with both named", "[control][cell_state]")
{
    report().version = "v1.2.0";
    CHECK(verdict().state == cell_state::unknown);
    CHECK(verdict().reason == "v1.4.0 was deployed, but the agent reports v1.2.0");
}

TEST_CASE_METHOD(
    healthy, "a document that cannot be read makes the state unknown, with the reason", "[control][cell_state]")
{
    evidence.unreadable = "read prod/cells/node01/api/trigger.json: not JSON";
    CHECK(verdict().state == cell_state::unknown);
    CHECK(verdict().reason == evidence.unreadable);
}

TEST_CASE("an agent's state follows the age of its report and the interval that it declares", "[control][agent_state]")
{
    struct row
    {
        std::int64_t age;
        std::optional<std::int64_t> interval_ms;
        agent_state state;
    };
    const row one = GENERATE(values<row>({
        {-30, {}, agent_state::active}, // its clock is ahead
        {0, {}, agent_state::active},
        {180, {}, agent_state::active},
        {181, {}, agent_state::warning},
        {600, {}, agent_state::warning},
        {601, {}, agent_state::dead},
        {601, 300'000, agent_state::active},
        {901, 300'000, agent_state::warning},
        {3'001, 300'000, agent_state::dead},
        {601, 1'000, agent_state::dead},
        {601, -5, agent_state::dead},
        {1'000'000, INT64_MAX, agent_state::dead},
    }));
    CAPTURE(one.age, one.interval_ms.value_or(-1));
    const model::agent_report report{.report_timestamp = unix_seconds(now) - one.age,
        .node = model::node_id::parse("node01").value(),
        .heartbeat_interval_ms = one.interval_ms};
    CHECK(judge_agent(report, now) == one.state);
}

TEST_CASE("an agent's state next changes just when it is judged otherwise", "[control][agent_state]")
{
    const std::int64_t interval = GENERATE(0, 1'000, 300'000);
    const model::agent_report report{.report_timestamp = unix_seconds(now),
        .node = model::node_id::parse("node01").value(),
        .heartbeat_interval_ms = interval == 0 ? std::nullopt : std::optional(interval)};
    wall_time at = now;
    for (const agent_state after : {agent_state::warning, agent_state::dead}) {
        const auto next = next_change(report, at);
        REQUIRE(next.has_value());
        CHECK(judge_agent(report, *next - 1s) == judge_agent(report, at));
        CHECK(judge_agent(report, *next) == after);
        at = *next;
    }
    CHECK_FALSE(next_change(report, at).has_value());
}

TEST_CASE("a clock that is more than 30 s off is told, with the direction", "[control][agent_state]")
{
    const auto skew = [](std::int64_t ahead) {
        return clock_skew(
            {.report_timestamp = unix_seconds(now) + ahead, .node = model::node_id::parse("n").value()}, now);
    };
    CHECK_FALSE(skew(30).has_value());
    CHECK_FALSE(skew(-30).has_value());
    CHECK(skew(31) == 31);
    CHECK(skew(-86'400) == -86'400);
    CHECK(skew(INT64_MAX - unix_seconds(now)) > 0);
}
