#include <fleetman/agent/adoption.hpp>
#include <fleetman/agent/fetch.hpp>
#include <fleetman/agent/record.hpp>
#include <fleetman/agent/rollback.hpp>

namespace fleetman::agent {
namespace {

constexpr std::string_view taken_over = "orig-"; // releases of takeover.cpp

std::optional<release_record> live_record(const settings& with, const model::cell_id& cell)
{
    const result<cell_layout> layout = find_cell(with, cell);
    if (!layout)
        return std::nullopt;
    result<std::optional<release_record>> live = live_release(*layout);
    return live ? *std::move(live) : std::nullopt;
}

} // namespace

task<result<bool>> names_what_runs(const host_access& host, bucket::location at, deploy_request request)
{
    const std::optional<release_record> live =
        co_await host.workers.run([&] { return live_record(host.with, request.cell.cell); });
    if (!live || live->name.starts_with(taken_over))
        co_return true;
    const result<fetched_version> wanted = co_await read_version(at, request.cell, request.version);
    if (!wanted && wanted.error().code() == errc::unavailable)
        co_return wanted.error();
    // What could not be deployed anyway is no reason to touch what runs.
    co_return !wanted || model::serialize(wanted->snapshot) == model::serialize(live->snapshot);
}

} // namespace fleetman::agent
