#include "embedded_keys.hpp"
#include "serve.hpp"
#include "stores.hpp"

#include <fleetman/api/application.hpp>
#include <fleetman/api/request_context.hpp>
#include <fleetman/config/controller_config_file.hpp>
#include <fleetman/control/services.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/worker_pool.hpp>
#include <fleetman/http/server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace fleetman::app {

std::span<const api::embedded_file> page_files(); // made by the build

namespace {

namespace asio = boost::asio;
using config::controller_config_file;

// A stop takes at most ten seconds in all.
constexpr milliseconds requests_grace(7'000);
constexpr milliseconds operations_grace(2'000);
constexpr std::size_t blocking_threads = 2;

// Bodies a little too large still reach their handler, which says what the limit is.
constexpr std::uint64_t body_slack = std::uint64_t{1} << 20;

int refuse(const error& why)
{
    std::cerr << "fleetman: " << why.message() << '\n';
    return EXIT_FAILURE;
}

result<void> configure_log(const serve_options& options)
{
    static const std::map<std::string, log::level> levels{{"debug", log::level::debug}, {"info", log::level::info},
        {"warning", log::level::warning}, {"error", log::level::error}};
    return log::configure({.least = levels.at(options.log_level), .json = options.log_json});
}

// The original starts empty without a file, and so do we; any other failure is said and nothing starts.
result<controller_config_file> open_config(const std::filesystem::path& path)
{
    auto file = controller_config_file::open(path);
    if (file || file.error().code() != errc::not_found)
        return file;
    log::warning("config", "missing",
        {{"file", path.string()}, {"consequence", "starts empty; the first change creates the file"}});
    return controller_config_file::create(path);
}

result<api::assets> load_assets(const serve_options& options)
{
    if (!options.dev_static.empty())
        return api::assets::from_folder(options.dev_static);
    return api::assets::embedded(page_files());
}

std::string url_of(const std::string& host, std::uint16_t port)
{
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return "http://" + (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port) + '/';
}

// What runs while the controller serves; everything in it belongs to one event loop.
struct process
{
    process(asio::io_context& loop, controller_config_file file, control::state_folder state, api::assets files,
        worker_pool& pool, clock& time, const serve_options& options)
        : console(file.config().console), refresh(options.refresh),
          services(loop.get_executor(), file, std::move(state), s3_clients(file.config().retry, time), pool, time),
          application(services, std::move(files), FLEETMAN_VERSION),
          server(
              loop.get_executor(), "http", [this](http::request& request) { return application.serve(request); },
              {.body_bytes = std::max(console.upload_max_bytes, api::body_max_bytes) + body_slack},
              api::application::refuse),
          background(loop.get_executor(), "background"), signals(loop, SIGINT, SIGTERM, SIGHUP)
    {}

    config::web_console console;
    milliseconds refresh;
    control::services services;
    api::application application;
    http::server server;
    task_group background;
    asio::signal_set signals;
};

// What a running process takes from the file only when it starts.
void warn_of_restart(const config::controller_config& before, const config::controller_config& now)
{
    const auto warn = [](std::string_view what) {
        log::warning("config", "needs-restart", {{"setting", what}, {"consequence", "it acts after a restart"}});
    };
    if (before.console.bind != now.console.bind || before.console.port != now.console.port)
        warn("web_console.bind, web_console.port");
    if (!(before.store == now.store))
        warn("embedded_store");
    if (!(before.retry == now.retry))
        warn("s3_retry_count, s3_retry_delay_ms");
}

task<void> reload(process& all)
{
    const config::controller_config before = all.services.names.config();
    const result<bool> changed = co_await all.services.names.reload();
    if (!changed) {
        log::error("config", "not-read-again", {{"error", changed.error().message()}});
        co_return;
    }
    log::info("config", "read-again", {{"changed", *changed}});
    if (!*changed)
        co_return;
    warn_of_restart(before, all.services.names.config());
    all.services.events.wake(); // a user who follows them may be gone
}

// Whoever asks a second time does not want to wait. Everything that was answered is on the disk, and what was cut off
// is repeated or goes on after the next start.
void end_at_next_signal(asio::signal_set& signals)
{
    signals.async_wait([&signals](const boost::system::error_code& over, int signal) {
        if (over)
            return;
        if (signal == SIGHUP)
            return end_at_next_signal(signals);
        log::warning("serve", "ended-at-once", {{"signal", signal}});
        std::_Exit(EXIT_FAILURE);
    });
}

// The embedded store tells of a change on its own thread; here it becomes one of the fleet's state at once.
void hear(process& all, storage::change_notices& notices, std::uint16_t port)
{
    for (const auto& [bucket, key] : notices.take())
        for (const auto& [name, connection] : all.services.names.config().buckets)
            if (leads_to(connection, bucket, port))
                all.services.fleet.wrote(name, key, nullptr);
}

void listen(asio::io_context& loop, process& all, storage::change_notices& notices, std::uint16_t port)
{
    notices.listen(
        [&loop, &all, &notices, port] { asio::post(loop, [&all, &notices, port] { hear(all, notices, port); }); },
        [](const std::string& key) { return key.ends_with(".json"); });
}

// Serves until a signal, then stops in order: no new requests, those under way, operations, the rest.
task<void> run(process& all)
{
    all.background.spawn(all.server.run());
    all.background.spawn(all.services.fleet.run(all.refresh));
    all.services.operations.resume();
    int signal = SIGHUP;
    while (signal == SIGHUP) {
        const auto [failure, received] = co_await all.signals.async_wait(asio::as_tuple(asio::use_awaitable));
        signal = received;
        if (signal == SIGHUP)
            co_await reload(all);
    }
    log::info("serve", "stopping", {{"signal", signal}});
    end_at_next_signal(all.signals);
    all.services.events.close(); // who follows them would otherwise be waited for
    co_await all.server.stop(requests_grace);
    co_await all.services.stop(operations_grace);
    co_await all.background.drain(milliseconds(0));
    all.signals.cancel();
    log::info("serve", "stopped");
}

} // namespace

int serve(const serve_options& options)
{
    std::signal(SIGPIPE, SIG_IGN); // a peer that hangs up is an error code
    if (auto configured = configure_log(options); !configured)
        return refuse(configured.error());
    auto file = open_config(options.config);
    if (!file)
        return refuse(file.error());
    for (const std::string& warning : file->warnings())
        log::warning("config", "doubtful", {{"what", warning}});
    auto files = load_assets(options);
    if (!files)
        return refuse(files.error());
    auto state = control::state_folder::open(file->state_directory());
    if (!state)
        return refuse(state.error());
    const auto notices = std::make_shared<storage::change_notices>();
    auto store = start_embedded_store(file->config(), notices);
    if (!store)
        return refuse(store.error());

    std::optional<embedded_keys> keys;
    if (*store)
        keys.emplace(**store, *file->config().store);

    system_clock time;
    asio::io_context loop(1);
    worker_pool pool(blocking_threads);
    process all(loop, std::move(*file), std::move(*state), std::move(*files), pool, time, options);
    if (auto loaded = all.services.load(); !loaded)
        return refuse(loaded.error());
    if (auto kept = all.services.keep_state(); !kept)
        return refuse(kept.error());
    if (keys)
        all.services.node_keys.use(*keys);
    const result<std::uint16_t> port = all.server.listen({all.console.bind, all.console.port});
    if (!port)
        return refuse(port.error());
    const std::string url = url_of(all.console.bind, *port);
    log::info("serve", "listening", {{"url", url}});
    std::cout << "Fleetman is at " << url << std::endl;

    if (*store)
        listen(loop, all, *notices, (*store)->port());
    std::exception_ptr bug;
    asio::co_spawn(loop, run(all), [&bug](std::exception_ptr escaped) { bug = std::move(escaped); });
    loop.run();
    notices->listen({}, {});
    if (bug)
        std::rethrow_exception(bug);
    return EXIT_SUCCESS;
}

} // namespace fleetman::app
