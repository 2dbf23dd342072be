#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/s3/open.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <span>

// Plays a fleet in a bucket, for measuring what watches it: node00000, node00001, …, each with the same number of
// cells.
//
//   fleet_bucket ENDPOINT BUCKET ACCESS_KEY SECRET_KEY fill AGENTS CELLS_EACH
//   fleet_bucket ENDPOINT BUCKET ACCESS_KEY SECRET_KEY beat FIRST COUNT
//   fleet_bucket ENDPOINT BUCKET ACCESS_KEY SECRET_KEY keep-beating AGENTS PER_MINUTE SECONDS

namespace {

using namespace fleetman;
using namespace std::chrono_literals;

constexpr std::size_t puts_at_a_time = 64;

std::string numbered(std::string_view name, std::size_t number, std::size_t digits)
{
    const std::string text = std::to_string(number);
    return std::string(name) + std::string(digits - std::min(digits, text.size()), '0') + text;
}

model::node_id node(std::size_t number)
{
    return model::node_id::parse(numbered("node", number, 5)).value();
}

model::cell_ref cell(std::size_t of, std::size_t number)
{
    return {node(of), model::cell_id::parse(numbered("cell", number, 2)).value()};
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

task<result<void>> beat(bucket::location at, std::size_t number)
{
    const auto beaten = co_await bucket::write_agent_report(at, report(number, 2));
    co_return beaten ? result<void>() : result<void>(beaten.error());
}

// Evenly, a tenth of a second's at a time.
task<result<void>> keep_beating(bucket::location at, std::size_t agents, std::size_t per_minute, std::size_t seconds)
{
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
    const auto begun = std::chrono::steady_clock::now();
    std::size_t sent = 0;
    for (std::size_t tick = 1; tick <= seconds * 10; ++tick) {
        const std::size_t due = per_minute * tick / 600;
        const std::size_t first = sent;
        const auto done = co_await for_each_concurrently(
            due - first, puts_at_a_time, [at, first, agents](std::size_t i) { return beat(at, (first + i) % agents); });
        if (!done)
            co_return done.error();
        sent = due;
        pause.expires_at(begun + tick * 100ms);
        co_await pause.async_wait(boost::asio::use_awaitable);
    }
    co_return result<void>();
}

task<result<void>> perform(bucket::location at, std::string what, std::vector<std::size_t> numbers)
{
    if (what == "fill" && numbers.size() == 2)
        co_return co_await for_each_concurrently(
            numbers[0], puts_at_a_time, [at, cells = numbers[1]](std::size_t i) { return put_node(at, i, cells); });
    if (what == "beat" && numbers.size() == 2)
        co_return co_await for_each_concurrently(
            numbers[1], puts_at_a_time, [at, first = numbers[0]](std::size_t i) { return beat(at, first + i); });
    if (what == "keep-beating" && numbers.size() == 3)
        co_return co_await keep_beating(at, numbers[0], numbers[1], numbers[2]);
    co_return error(errc::invalid, "see the file's first lines for what to do");
}

result<void> run(std::span<char*> arguments)
{
    if (arguments.size() < 6)
        return error(errc::invalid, "see the file's first lines for the arguments");
    std::vector<std::size_t> numbers;
    for (const char* const one : arguments.subspan(6))
        numbers.push_back(parse_integer<std::size_t>(one).value_or(0));
    s3::connection to;
    auto endpoint = net::parse_endpoint(arguments[1]);
    if (!endpoint)
        return endpoint.error();
    to.endpoint = *std::move(endpoint);
    to.bucket = arguments[2];
    to.path_style = true;
    to.account = {arguments[3], secret(arguments[4]), {}};

    system_clock time;
    boost::asio::io_context loop(1);
    auto store = s3::open(std::move(to), time);
    if (!store)
        return store.error();
    result<void> outcome;
    boost::asio::co_spawn(loop,
        perform({*std::move(store), bucket::keyspace(model::key_prefix::parse("prod").value())}, arguments[5],
            std::move(numbers)),
        [&](std::exception_ptr bug, result<void> done) {
            if (bug)
                std::rethrow_exception(bug);
            outcome = std::move(done);
            loop.stop();
        });
    loop.run();
    return outcome;
}

} // namespace

int main(int argc, char** argv)
{
    const result<void> done = run(std::span(argv, static_cast<std::size_t>(argc)));
    if (!done)
        std::cerr << "fleet_bucket: " << done.error().message() << '\n';
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
