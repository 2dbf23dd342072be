#include "metrics.hpp"
#include "metrics_text.hpp"

#include <fleetman/control/overview.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace fleetman::api {

using control::services;

namespace {

double seconds(std::chrono::milliseconds of)
{
    return std::chrono::duration<double>(of).count();
}

void add_fleet(metrics_text& to, services& app)
{
    const control::fleet_state& fleet = app.fleet.now();
    const control::fleet_overview all = summarize(fleet, {}, 0);
    to.metric("fleetman_agents", "gauge", "Agents by the state that their reports' age gives them");
    for (const auto& [state, count] : all.agents)
        to.sample({{"state", to_string(state)}}, std::uint64_t(count));
    to.metric("fleetman_cells", "gauge", "Cells by their state");
    for (const auto& [state, count] : all.cells)
        to.sample({{"state", to_string(state)}}, std::uint64_t(count));
    to.metric("fleetman_cells_unmanaged", "gauge", "Cells that only a bucket has, not the configuration");
    to.sample(std::uint64_t(all.unmanaged));
}

void add_buckets(metrics_text& to, services& app)
{
    const wall_time now = app.time.now();
    const auto& buckets = app.names.config().buckets;
    to.metric("fleetman_refresh_duration_seconds", "gauge", "How long the last look at a bucket took");
    for (const auto& [name, connection] : buckets)
        if (const auto watch = app.fleet.watch_of(name); watch && watch->took)
            to.sample({{"bucket", name.str()}}, seconds(*watch->took));
    to.metric("fleetman_refresh_age_seconds", "gauge", "Time since the last look at a bucket that succeeded");
    for (const auto& [name, connection] : buckets)
        if (const auto watch = app.fleet.watch_of(name); watch && watch->succeeded)
            to.sample({{"bucket", name.str()}}, std::chrono::duration<double>(now - *watch->succeeded).count());
    to.metric("fleetman_bucket_up", "gauge", "1 when the last look at a bucket succeeded");
    for (const auto& [name, connection] : buckets) {
        const auto watch = app.fleet.watch_of(name);
        to.sample({{"bucket", name.str()}}, std::uint64_t(watch && watch->succeeded && !watch->problem ? 1 : 0));
    }
    to.metric("fleetman_s3_requests_total", "counter", "Operations on a bucket, retries not counted, by their outcome");
    for (const auto& [name, connection] : buckets)
        if (const auto watch = app.fleet.watch_of(name))
            for (const auto& [what, count] : watch->requests)
                to.sample({{"bucket", name.str()}, {"operation", what.first}, {"outcome", what.second}}, count);
}

void add_work(metrics_text& to, services& app, const request_tally& answered)
{
    to.metric("fleetman_http_requests_total", "counter", "Requests answered, by route and status");
    for (const auto& [what, count] : answered) {
        const auto& [method, route, status] = what;
        to.sample({{"method", method}, {"route", route}, {"status", std::to_string(status)}}, count);
    }
    std::map<control::progress, std::uint64_t> operations;
    app.operations.each([&operations](const control::operation& one) { return ++operations[one.state] > 0; });
    to.metric("fleetman_operations", "gauge", "Operations that are remembered, by their state");
    for (const auto& [state, count] : operations)
        to.sample({{"state", to_string(state)}}, count);
    to.metric("fleetman_events_total", "counter", "Changes told on /events since the start");
    to.sample(app.events.last());
    to.metric("fleetman_events_readers", "gauge", "Connections that follow /events");
    to.sample(std::uint64_t(app.events.readers()));
}

// statm(5): pages; the second number is what is resident.
std::uint64_t resident_bytes()
{
    std::ifstream file("/proc/self/statm");
    std::uint64_t whole = 0;
    std::uint64_t resident = 0;
    file >> whole >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double processor_seconds()
{
    rusage used{};
    (void)::getrusage(RUSAGE_SELF, &used);
    constexpr double micro = 1e-6;
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           micro * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

} // namespace

std::string metrics(services& app, const request_tally& answered, std::string_view version)
{
    metrics_text to;
    to.metric("fleetman_build_info", "gauge", "Always 1; which version this is");
    to.sample({{"version", version}}, std::uint64_t(1));
    add_fleet(to, app);
    add_buckets(to, app);
    add_work(to, app, answered);
    to.metric("process_resident_memory_bytes", "gauge", "Resident memory");
    to.sample(resident_bytes());
    to.metric("process_cpu_seconds_total", "counter", "Processor time used, by user and system");
    to.sample(processor_seconds());
    return to.take();
}

} // namespace fleetman::api
