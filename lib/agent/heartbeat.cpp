#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/host_facts.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/metrics.hpp>
#include <fleetman/agent/reconcile.hpp>
#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/host/files.hpp>

#include <utility>

namespace fleetman::agent {
namespace {

using service_states = std::map<std::string, host::service_state>;

constexpr std::chrono::seconds service_pause(15);
constexpr unsigned supervisor_rounds = 2;

// All of ours in one query; a manager that does not answer says nothing about its services.
task<std::optional<service_states>> states_of(host::service_manager* manager)
{
    if (manager == nullptr)
        co_return std::nullopt;
    result<service_states> all = co_await manager->states(std::string(service_prefix));
    if (!all) {
        log::warning("agent", "service-manager-silent", {{"error", all.error().message()}});
        co_return std::nullopt;
    }
    co_return *std::move(all);
}

// Nothing: the manager does not answer.
std::optional<host::service_state> service_of(const std::optional<service_states>& all, const model::cell_id& cell)
{
    if (!all)
        return std::nullopt;
    const auto place = all->find(std::string(service_prefix) + cell.str());
    return place == all->end() ? host::service_state{} : place->second;
}

void tell_of_host(const host_facts& facts, model::agent_report& into)
{
    into.hostname = facts.hostname;
    into.os = facts.os;
    into.boot_id = facts.boot_id;
    into.load_percent = facts.load_percent;
    into.memory_total_bytes = facts.memory_total_bytes;
    into.memory_available_bytes = facts.memory_available_bytes;
    into.disk_free_bytes = facts.disk_free_bytes;
}

void tell_of_memory(const cell_state& known, model::cell_report& into)
{
    if (!known.state.empty())
        into.state = known.state;
    if (known.handled && !known.handled->id.empty())
        into.trigger_id = known.handled->id;
    if (const std::int64_t since = known.since != 0 ? known.since : known.deployed_at; since != 0)
        into.since = since;
}

} // namespace

task<model::agent_report> agent::make_report()
{
    const auto here = now_; // also when it is configured anew meanwhile
    const std::optional<service_states> units = co_await states_of(here->host.systemd);
    const std::optional<service_states> programs = co_await states_of(here->host.supervisor);
    const std::vector<installed_cell> installed =
        co_await here->host.prompt().run([&] { return installed_cells(here->host.with); });
    const host_facts facts = co_await here->host.prompt().run([&] { return read_host_facts(here->host.with); });

    model::agent_report made{.report_timestamp = unix_seconds(here->host.time.now()),
        .node = here->host.with.node,
        .heartbeat_interval_ms = here->host.with.heartbeat_interval.count(),
        .agent_version = version_,
        .instance_id = instance_,
        .check_interval_ms = here->host.with.check_interval.count(),
        .discovery_interval_ms = here->host.with.discovery_interval.count(),
        .disk_free_bytes = {}};
    tell_of_host(facts, made);
    if (!last_error_.empty())
        made.last_error = last_error_;
    const auto add = [&](const model::cell_id& cell, model::run_profile profile,
                         const std::optional<model::manifest_name>& manifest,
                         const std::optional<model::version>& version) {
        const auto fallback = model::manifest_name::load(cell.str());
        if (!manifest && !fallback)
            return;
        model::cell_report one{.cell = cell, .manifest = manifest ? *manifest : *fallback, .profile = profile};
        if (version)
            one.version = version->str();
        if (profile == model::run_profile::systemd || profile == model::run_profile::supervisor)
            if (const auto service = service_of(profile == model::run_profile::systemd ? units : programs, cell)) {
                one.running = service->phase == host::service_phase::running;
                one.health = std::string(host::to_string(service->phase));
                one.restarts = static_cast<std::int64_t>(service->restarts);
            }
        if (const auto known = state_.cells.find(cell); known != state_.cells.end()) {
            tell_of_memory(known->second, one);
            known->second.running = one.running.value_or(false);
        }
        made.cells.push_back(std::move(one));
    };
    std::set<model::cell_id> added;
    for (const installed_cell& cell : installed)
        if (added.insert(cell.cell).second)
            add(cell.cell, cell.profile, cell.manifest, cell.version);
    for (const auto& [cell, known] : state_.cells)
        if (known.profile && !added.contains(cell))
            add(cell, *known.profile, known.manifest, known.current);
    co_return made;
}

// Whoever else writes this report is found in the place of our last one.
task<void> agent::look_for_rival()
{
    const auto here = now_;
    if (written_report_.empty())
        co_return;
    const auto read = co_await here->at.store->get_if_changed(
        here->at.keys.agent(here->host.with.node), written_report_, model::document_max_bytes);
    const auto* const other = read ? std::get_if<storage::object>(&*read) : nullptr;
    const auto report = other != nullptr ? model::parse_agent_report(other->body) : error(errc::not_found, "");
    if (!report)
        co_return;
    const wall_time now = here->host.time.now();
    const bool known = rivals_.conflict(now).has_value();
    rivals_.found(*report, now);
    if (const auto conflict = rivals_.conflict(now); conflict && !known)
        log::error("agent", "conflict", {{"error", *conflict}});
}

task<result<void>> agent::report()
{
    const auto here = now_; // also when it is configured anew meanwhile
    co_await look_for_rival();
    model::agent_report made = co_await make_report();
    made.conflict = rivals_.conflict(here->host.time.now());
    co_await write_metrics(made);
    const result<std::string> written = co_await bucket::write_agent_report(here->at, std::move(made));
    if (!written)
        co_return written.error();
    written_report_ = here == now_ ? *written : std::string();
    co_return result<void>();
}

// A service that came up or went down is a change that the fleet should hear of.
task<void> agent::watch_loop()
{
    std::map<std::string, host::service_phase> before;
    for (unsigned round = 0; !stopping_; ++round) {
        const auto here = now_;
        co_await here->host.time.sleep(service_pause);
        std::map<std::string, host::service_phase> phases = before;
        if (const auto units = co_await states_of(here->host.systemd))
            for (const auto& [name, state] : *units)
                phases[name] = state.phase;
        if (round % supervisor_rounds == 0) // supervisorctl is slow and costly
            if (const auto programs = co_await states_of(here->host.supervisor))
                for (const auto& [name, state] : *programs)
                    phases[name] = state.phase;
        if (round > 0 && phases != before)
            note_change();
        before = std::move(phases);
    }
}

task<void> agent::write_metrics(const model::agent_report& report)
{
    const auto here = now_;
    if (!here->host.with.metrics_file)
        co_return;
    metrics value{.deployments = tally_.deployments,
        .polls = tally_.polls,
        .poll_failures = tally_.poll_failures,
        .downloaded_bytes = tally_.downloaded_bytes,
        .cells = {},
        .seconds_since_last_poll = {},
        .resident_bytes = {}};
    for (const model::cell_report& cell : report.cells)
        ++value.cells[cell.health.value_or("deployed")];
    if (tally_.last_success)
        value.seconds_since_last_poll =
            std::chrono::duration_cast<std::chrono::seconds>(here->host.time.steady_now() - *tally_.last_success)
                .count();
    const std::filesystem::path file = *here->host.with.metrics_file;
    const result<void> written = co_await here->host.prompt().run([&] {
        value.resident_bytes = resident_bytes();
        return host::write_file_durably(file, as_prometheus_text(value), 0644);
    });
    if (!written)
        log::warning("agent", "metrics-not-written", {{"error", written.error().message()}});
}

} // namespace fleetman::agent
