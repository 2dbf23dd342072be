#include "played_fleet.hpp"

#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/timestamp.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace fleetman::bench {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t puts_at_a_time = 64;

std::string numbered(std::string_view name, std::size_t number, std::size_t digits)
{
    const std::string text = std::to_string(number);
    return std::string(name) + std::string(digits - std::min(digits, text.size()), '0') + text;
}

// 32 digits, like ours.
std::string trigger_id(const model::cell_ref& of)
{
    return numbered("", std::hash<std::string>()(of.str()), 32);
}

// As an agent of ours writes it.
model::agent_report report(std::size_t number, std::size_t cells)
{
    const std::int64_t now = unix_seconds(std::chrono::system_clock::now());
    model::agent_report made{.report_timestamp = now,
        .node = node(number),
        .heartbeat_interval_ms = 60'000,
        .agent_version = "0.1.0",
        .instance_id = numbered("", number, 32),
        .hostname = node(number).str() + ".example.net",
        .check_interval_ms = 30'000,
        .discovery_interval_ms = 300'000,
        .os = "Debian GNU/Linux 12 (bookworm)",
        .load_percent = now % 100,
        .memory_total_bytes = 8'000'000'000,
        .memory_available_bytes = 4'000'000'000 + now % 1'000,
        .disk_free_bytes = {{"/opt/services", 50'000'000'000}}};
    for (std::size_t i = 0; i < cells; ++i)
        made.cells.push_back({.cell = cell(number, i).cell,
            .manifest = model::manifest_name::parse("site").value(),
            .profile = model::run_profile::systemd,
            .version = "v1.0.0",
            .running = true,
            .state = "running",
            .trigger_id = trigger_id(cell(number, i)),
            .health = "running",
            .restarts = 0,
            .since = 1'767'600'000});
    return made;
}

task<result<void>> put_cell(bucket::location at, model::cell_ref of)
{
    const std::string id = trigger_id(of);
    const auto written = co_await bucket::write_trigger(at, of, {model::version::parse("v1.0.0").value(), id});
    if (!written)
        co_return written.error();
    const auto status = co_await bucket::write_status(at, of,
        {.running_version = "v1.0.0",
            .applied_at = unix_seconds(std::chrono::system_clock::now()),
            .success = true,
            .error = {},
            .logs = {},
            .trigger_id = id});
    co_return status ? result<void>() : result<void>(status.error());
}

task<result<void>> put_node(bucket::location at, std::size_t number, std::size_t cells)
{
    for (std::size_t i = 0; i < cells; ++i) {
        const auto done = co_await put_cell(at, cell(number, i));
        if (!done)
            co_return done.error();
    }
    const auto beaten = co_await bucket::write_agent_report(at, report(number, cells));
    co_return beaten ? result<void>() : result<void>(beaten.error());
}

task<result<void>> put_report(bucket::location at, std::size_t number, std::size_t cells)
{
    const auto beaten = co_await bucket::write_agent_report(at, report(number, cells));
    co_return beaten ? result<void>() : result<void>(beaten.error());
}

} // namespace

model::node_id node(std::size_t number)
{
    return model::node_id::parse(numbered("node", number, 5)).value();
}

model::cell_ref cell(std::size_t of, std::size_t number)
{
    return {node(of), model::cell_id::parse(numbered("cell", number, 2)).value()};
}

task<result<void>> fill(bucket::location at, std::size_t agents, std::size_t cells_each)
{
    co_return co_await for_each_concurrently(
        agents, puts_at_a_time, [at, cells_each](std::size_t i) { return put_node(at, i, cells_each); });
}

task<result<void>> beat(bucket::location at, std::size_t first, std::size_t count, std::size_t cells_each)
{
    co_return co_await for_each_concurrently(count, puts_at_a_time,
        [at, first, cells_each](std::size_t i) { return put_report(at, first + i, cells_each); });
}

// A tenth of a second's at a time.
task<result<void>> keep_beating(
    bucket::location at, std::size_t agents, std::size_t cells_each, std::size_t per_minute, std::size_t seconds)
{
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
    const auto begun = std::chrono::steady_clock::now();
    std::size_t sent = 0;
    for (std::size_t tick = 1; tick <= seconds * 10; ++tick) {
        const std::size_t due = per_minute * tick / 600;
        const auto done = co_await for_each_concurrently(
            due - sent, puts_at_a_time, [at, first = sent, agents, cells_each](std::size_t i) {
                return put_report(at, (first + i) % agents, cells_each);
            });
        if (!done)
            co_return done.error();
        sent = due;
        pause.expires_at(begun + tick * 100ms);
        co_await pause.async_wait(boost::asio::use_awaitable);
    }
    co_return result<void>();
}

} // namespace fleetman::bench
