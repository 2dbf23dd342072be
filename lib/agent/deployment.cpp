#include "deployment.hpp"

#include <fleetman/agent/switch_release.hpp>
#include <fleetman/agent/verify.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>

#include <algorithm>

namespace fleetman::agent {
namespace {

health_checks checks_of(const host_access& host, const cell_layout& layout, const release_record& of)
{
    health_checks checks{.all = of.snapshot.content.health, .site = {.live = layout.live(of.live_name)}};
    if (host.account.privileged())
        checks.site.account = check_account{of.snapshot.content.service_owner, of.snapshot.content.service_group};
    return checks;
}

task<result<void>> watch(const host_access& host, const cell_layout& layout, health_checks checks)
{
    host::service_manager* const manager = host.manager_of(layout.profile());
    if (manager == nullptr) {
        std::optional<error> failure;
        co_return co_await pass_checks(checks, host.time, failure);
    }
    const verify_limits limits{.start_limit = host.with.start_limit, .window = host.with.verify_window};
    co_return co_await verify_running(*manager, layout.service(), limits, host.time, std::move(checks));
}

task<void> stop_service(const host_access& host, const cell_layout& layout)
{
    host::service_manager* const manager = host.manager_of(layout.profile());
    if (manager == nullptr)
        co_return;
    if (const result<void> stopped = co_await manager->stop(layout.service()); !stopped)
        log::error("agent", "stop-failed", {{"cell", layout.cell().str()}, {"error", stopped.error().message()}});
}

// What was stopped for good must not come back at boot. supervisord knows no "disabled", and a definition that it
// cannot read would keep it from reading anyone's, so there the definition goes.
task<void> keep_stopped(const host_access& host, const cell_layout& layout)
{
    host::service_manager* const manager = host.manager_of(layout.profile());
    if (manager == nullptr)
        co_return;
    result<void> done = co_await manager->disable(layout.service());
    if (done && layout.profile() == model::run_profile::supervisor) {
        done = co_await host.workers.run([&] { return host::remove_durably(layout.definition()); });
        if (done)
            done = co_await manager->load(layout.service());
    }
    if (!done)
        log::error("agent", "disable-failed", {{"cell", layout.cell().str()}, {"error", done.error().message()}});
}

// The release to return to when `failed` does not run: the one before it if that ever ran, else the last that did.
std::optional<release_record> release_to_return_to(
    const cell_layout& layout, const std::optional<release_record>& from, const std::string& failed)
{
    if (from && from->verified)
        return from;
    const result<std::vector<release_record>> all = releases_on_disk(layout);
    if (!all)
        return std::nullopt;
    for (auto each = all->rbegin(); each != all->rend(); ++each)
        if (each->verified && each->name != failed)
            return *each;
    return std::nullopt;
}

task<deploy_outcome> end_stopped(
    const host_access& host, cell_layout layout, journal_entry journal, release_record failed, deploy_outcome outcome)
{
    co_await stop_service(host, layout);
    co_await keep_stopped(host, layout);
    outcome.ending = ending::stopped;
    outcome.running = std::nullopt;
    outcome.error += "; there is no earlier release, so it is stopped";
    (void)co_await host.workers.run([&] { return remove_journal(layout); });
    log::error("agent", "deployment-stopped", {{"cell", layout.cell().str()}, {"release", failed.name}});
    co_return outcome;
}

task<deploy_outcome> after_failure(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to, error why)
{
    deploy_outcome outcome = outcome_of(journal, to);
    outcome.error = why.message();
    outcome.logs = co_await host.workers.run([&] { return read_log_tails(layout, to.name, to.snapshot.content); });
    if (!host.with.rollback_on_failure) {
        outcome.ending = ending::failed;
        outcome.running = to.version();
        outcome.error += "; left as it is, since rollback_on_failure is off";
        (void)co_await host.workers.run([&] { return remove_journal(layout); });
        co_return outcome;
    }
    std::optional<release_record> good =
        co_await host.workers.run([&] { return release_to_return_to(layout, from, to.name); });
    if (!good)
        co_return co_await end_stopped(host, layout, journal, to, std::move(outcome));
    co_return co_await go_back(host, layout, journal, to, *std::move(good), std::move(outcome));
}

void forget_old_releases(const host_access& host, const cell_layout& layout, const std::vector<std::string>& in_use)
{
    const result<host::folder> folder = host::folder::open(layout.releases());
    result<std::vector<release_record>> all = releases_on_disk(layout);
    if (!folder || !all)
        return;
    std::size_t kept = 0;
    for (auto each = all->rbegin(); each != all->rend(); ++each) {
        if (each->holds_files || std::find(in_use.begin(), in_use.end(), each->name) != in_use.end())
            continue;
        if (each->verified && ++kept < host.with.keep_releases)
            continue;
        if (folder->remove_tree(each->name))
            (void)folder->remove(each->name + ".json");
    }
}

// The service's files that `to` has files of its own for; what was done with them, empty when there are none. A release
// that some of them could not leave is kept for good.
result<std::string> set_aside(const host_access& host, const cell_layout& layout,
    const std::vector<std::string>& conflicts, const release_record& from, const release_record& to)
{
    const std::filesystem::path backup = backup_folder(host, layout);
    const kept_aside aside = keep_aside(layout, from.name, conflicts, backup);
    std::string note;
    if (aside.moved > 0)
        note = std::to_string(aside.moved) + " of the service's files have the name of a file of " +
               to.version().str() + " and were moved to " + backup.string();
    if (aside.left.empty())
        return note;
    release_record kept = from;
    kept.holds_files = true;
    if (result<void> noted = write_record(layout, kept); !noted)
        return noted.error();
    note += (note.empty() ? "" : "; ") + std::to_string(aside.left.size()) +
            " of the service's files could not leave " + layout.release(from.name).string() +
            ", which is kept: " + aside.left.front();
    return note;
}

// Slots whose release is gone, left by definitions of the past.
void forget_old_slots(const cell_layout& layout)
{
    const result<host::folder> store = host::folder::open(layout.store());
    const auto names = store ? store->names() : store.error();
    if (!names)
        return;
    for (const std::string& name : *names) {
        const auto target = store->link_target(name);
        if (!name.starts_with("u-") || !target || !*target)
            continue;
        std::error_code unknown;
        if (!std::filesystem::exists(layout.store() / **target, unknown) && !unknown)
            (void)store->remove(name);
    }
}

// The other spelling of the live path, when a version began or ceased to bring its own unit.
void forget_other_live_path(const cell_layout& layout, const std::string& live_name)
{
    const result<host::folder> services = host::folder::open(layout.services());
    for (const std::string& other : {layout.live_name(true), layout.live_name(false)}) {
        if (!services || other == live_name)
            continue;
        const auto target = services->link_target(other);
        if (target && *target && std::filesystem::path(**target).parent_path() == layout.store())
            (void)services->remove(other);
    }
}

} // namespace

deploy_outcome outcome_of(const journal_entry& journal, const release_record& of)
{
    deploy_outcome outcome{
        .manifest = of.snapshot.name, .profile = of.snapshot.content.profile, .trigger = journal.trigger};
    outcome.error = journal.reason;
    if (const auto attempted = model::version::load(journal.version))
        outcome.attempted = *attempted;
    return outcome;
}

ending ending_of(const journal_entry& journal)
{
    // By hand without a reason: back to what the trigger wants.
    const bool back = journal.rolling_back || (journal.by_hand && !journal.reason.empty());
    return back ? ending::rolled_back : ending::deployed;
}

std::filesystem::path backup_folder(const host_access& host, const cell_layout& layout)
{
    return host.with.base_dir / "backup" / (layout.service() + '-' + local_stamp(host.time.now()));
}

void discard_stage(const cell_layout& layout, const journal_entry& journal)
{
    const result<host::folder> releases = host::folder::open(layout.releases());
    if (releases && host::is_file_name(journal.to) && !journal.rolling_back && !journal.by_hand) {
        (void)releases->remove_tree(journal.to);
        (void)releases->remove(journal.to + ".json");
        (void)releases->remove(layout.judged_copy().filename().string());
    }
    if (layout.has_definition()) {
        std::error_code ignored;
        std::filesystem::remove(layout.definition_scratch(), ignored);
    }
    forget_old_slots(layout);
}

result<std::string> conclude(const host_access& host, const cell_layout& layout, const journal_entry& journal,
    const std::optional<release_record>& from, release_record to)
{
    journal_entry reached = journal;
    reached.at = step::verified;
    if (result<void> noted = write_journal(layout, reached); !noted)
        return noted.error();
    host.completed("verified");
    if (!to.verified) {
        to.verified = true;
        if (result<void> noted = write_record(layout, to); !noted)
            return noted.error();
    }
    std::string note;
    if (from) {
        if (result<void> dropped = drop_names(layout, from->name, journal.carried); !dropped)
            return dropped.error();
        const result<std::string> aside = set_aside(host, layout, journal.conflicts, *from, to);
        if (!aside)
            return aside.error();
        note = *aside;
    }
    host.completed("dropped");
    forget_other_live_path(layout, to.live_name);
    forget_old_releases(host, layout, {to.name, from ? from->name : to.name});
    forget_old_slots(layout);
    host.completed("cleared");
    if (result<void> gone = remove_journal(layout); !gone)
        return gone.error();
    return note;
}

// Its own failure leaves the service stopped: there is nothing better to run.
task<deploy_outcome> go_back(const host_access& host, cell_layout layout, journal_entry journal, release_record failed,
    release_record good, deploy_outcome outcome)
{
    log::warning("agent", "rollback",
        {{"cell", layout.cell().str()}, {"from", failed.name}, {"to", good.name}, {"reason", outcome.error}});
    if (!journal.rolling_back) {
        journal.rolling_back = true;
        journal.reason = outcome.error;
        journal.failed_version = failed.version().str();
        if (journal.from != good.name) // never had the names that were carried from the one before
            journal.carried.clear();
        journal.from = failed.name;
        journal.to = good.name;
    }
    release_switch back(host, layout, journal, failed, good);
    result<void> done = co_await back.run();
    if (done)
        done =
            co_await watch(host, layout, {}); // no checks: they may fail for another reason, and nothing better is left
    outcome.running = good.version();
    if (!done) {
        outcome.error += "; going back to " + good.version().str() + " failed too: " + done.error().message();
        co_await stop_service(host, layout);
        outcome.ending = ending::stopped;
        outcome.running = std::nullopt;
        (void)co_await host.workers.run([&] { return remove_journal(layout); });
        co_return outcome;
    }
    outcome.ending = ending::rolled_back;
    const journal_entry reached = back.journal();
    const result<std::string> note =
        co_await host.workers.run([&] { return conclude(host, layout, reached, failed, good); });
    outcome.note = note ? *note : note.error().message();
    co_return outcome;
}

task<deploy_outcome> undo(
    const host_access& host, cell_layout layout, journal_entry journal, deploy_outcome outcome, bool may_retry)
{
    (void)co_await host.workers.run([&] {
        discard_stage(layout, journal);
        return true;
    });
    host::service_manager* const manager = host.manager_of(layout.profile());
    if (manager != nullptr && journal.was_running)
        if (const result<void> started = co_await manager->start(layout.service()); !started)
            outcome.error += "; starting it again failed: " + started.error().message();
    (void)co_await host.workers.run([&] { return remove_journal(layout); });
    outcome.ending = may_retry ? ending::postponed : ending::failed;
    co_return outcome;
}

task<deploy_outcome> verify_or_go_back(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to)
{
    const result<void> up = co_await watch(host, layout, checks_of(host, layout, to));
    if (!up)
        co_return co_await after_failure(host, layout, journal, from, to, up.error());
    deploy_outcome outcome = outcome_of(journal, to);
    outcome.ending = ending_of(journal);
    outcome.running = to.version();
    const result<std::string> note =
        co_await host.workers.run([&] { return conclude(host, layout, journal, from, to); });
    outcome.note = note ? *note : note.error().message();
    co_return outcome;
}

task<deploy_outcome> switch_and_verify(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to)
{
    if (host::service_manager* const manager = host.manager_of(layout.profile())) {
        const result<host::service_state> before = co_await manager->state(layout.service());
        journal.was_running =
            before && (before->phase == host::service_phase::running || before->phase == host::service_phase::starting);
    }
    release_switch forward(host, layout, journal, from, to);
    const result<void> done = co_await forward.run();
    journal = forward.journal();
    if (done)
        co_return co_await verify_or_go_back(host, layout, journal, from, to);
    if (forward.committed())
        co_return co_await after_failure(host, layout, journal, from, to, done.error());

    deploy_outcome outcome = outcome_of(journal, to);
    outcome.error = done.error().message();
    outcome.running = from ? std::optional(from->version()) : std::nullopt;
    co_return co_await undo(host, layout, journal, std::move(outcome), done.error().code() == errc::unavailable);
}

} // namespace fleetman::agent
