#include "clearing_up.hpp"
#include "deployment.hpp"
#include "patience.hpp"
#include "shared_folder.hpp"

#include <fleetman/agent/departure.hpp>
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

task<result<void>> stop_service(const host_access& host, const cell_layout& layout)
{
    const result<void> stopped =
        co_await give_order(host, layout, [&](auto& manager) { return manager.stop(layout.service()); });
    if (!stopped)
        log::error("agent", "stop-failed", {{"cell", layout.cell().str()}, {"error", stopped.error().message()}});
    co_return stopped;
}

// What was stopped for good must not come back at boot. supervisord knows no "disabled", and a definition that it
// cannot read would keep it from reading anyone's, so there the definition goes.
task<result<void>> keep_stopped(const host_access& host, const cell_layout& layout)
{
    result<void> done =
        co_await give_order(host, layout, [&](auto& manager) { return manager.disable(layout.service()); });
    if (done && layout.profile() == model::run_profile::supervisor) {
        done = co_await host.workers.run([&] { return host::remove_durably(layout.definition()); });
        if (done)
            done = co_await give_order(host, layout, [&](auto& manager) { return manager.load(layout.service()); });
    }
    if (!done)
        log::error("agent", "disable-failed", {{"cell", layout.cell().str()}, {"error", done.error().message()}});
    co_return done;
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
    const host_access& host, cell_layout layout, release_record failed, deploy_outcome outcome)
{
    result<void> down = co_await stop_service(host, layout);
    if (!is_away(down))
        down = co_await keep_stopped(host, layout);
    if (is_away(down))
        co_return unfinished(layout, std::move(outcome), down.error());
    outcome.ending = ending::stopped;
    outcome.running = std::nullopt;
    outcome.error += "; there is no earlier release, so it is stopped";
    (void)co_await host.workers.run([&] { return remove_journal(layout); });
    log::error("agent", "deployment-stopped", {{"cell", layout.cell().str()}, {"release", failed.name}});
    co_return outcome;
}

// `refused`: the manager did not take the definition. It does not stay then, whatever rollback_on_failure says.
task<deploy_outcome> after_failure(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to, error why, bool refused)
{
    deploy_outcome outcome = outcome_of(journal, to);
    outcome.error = why.message();
    outcome.logs = co_await host.prompt().run([&] { return read_log_tails(layout, to.name, to.snapshot.content); });
    if (!host.with.rollback_on_failure && !refused) {
        outcome.ending = ending::failed;
        outcome.running = to.version();
        outcome.error += "; left as it is, since rollback_on_failure is off";
        (void)co_await host.workers.run([&] { return remove_journal(layout); });
        co_return outcome;
    }
    std::optional<release_record> good =
        co_await host.prompt().run([&] { return release_to_return_to(layout, from, to.name); });
    if (!good)
        co_return co_await end_stopped(host, layout, to, std::move(outcome));
    co_return co_await go_back(host, layout, journal, to, *std::move(good), std::move(outcome));
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
    if (aside.later)
        return *aside.later;
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

} // namespace

deploy_outcome unfinished(const cell_layout& layout, deploy_outcome outcome, const error& why, std::string_view goes_on)
{
    log::warning("agent", "unfinished", {{"cell", layout.cell().str()}, {"error", why.message()}});
    outcome.ending = ending::unfinished;
    outcome.profile = layout.profile();
    outcome.running = std::nullopt;
    outcome.error += (outcome.error.empty() ? "" : "; ") + why.message() + "; " + std::string(goes_on);
    return outcome;
}

deploy_outcome outcome_of(const journal_entry& journal, const release_record& of)
{
    deploy_outcome outcome{
        .manifest = of.snapshot.name, .profile = of.snapshot.content.profile, .trigger = journal.trigger};
    outcome.error = journal.reason;
    if (const auto attempted = model::version::load(journal.version))
        outcome.attempted = *attempted;
    return outcome;
}

void tell_of_conclusion(const result<std::string>& note, deploy_outcome& outcome)
{
    outcome.note = note ? *note : note.error().message();
    outcome.unconcluded = !note;
}

ending ending_of(const journal_entry& journal)
{
    // By hand without a reason: back to what the trigger wants.
    const bool back = journal.rolling_back || (journal.by_hand && !journal.reason.empty());
    return back ? ending::rolled_back : ending::deployed;
}

std::filesystem::path backup_folder(const host_access& host, const cell_layout& layout)
{
    return host.with.base_dir / backup_folder_name / (layout.service() + '-' + local_stamp(host.time.now()));
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
    remove_unused_stores(layout);
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
    forget_old_releases(host, layout, to.name, from ? from->name : to.name);
    forget_old_slots(layout);
    host.completed("cleared");
    if (result<void> gone = remove_journal(layout); !gone)
        return gone.error();
    return note;
}

namespace {

task<deploy_outcome> end_of_way_back(const host_access& host, cell_layout layout, journal_entry reached,
    release_record failed, release_record good, deploy_outcome outcome, bool runs)
{
    if (!runs) {
        outcome.ending = ending::stopped;
        outcome.running = std::nullopt;
        (void)co_await host.workers.run([&] { return remove_journal(layout); });
        co_return outcome;
    }
    outcome.running = good.version();
    outcome.ending = ending::rolled_back;
    const result<std::string> note =
        co_await host.workers.run([&] { return conclude(host, layout, reached, failed, good); });
    tell_of_conclusion(note, outcome);
    co_return outcome;
}

} // namespace

// Its own failure leaves the service stopped: there is nothing better to run.
task<deploy_outcome> go_back(const host_access& host, cell_layout layout, journal_entry journal, release_record failed,
    release_record good, deploy_outcome outcome)
{
    log::warning("agent", "rollback",
        {{"cell", layout.cell().str()}, {"from", failed.name}, {"to", good.name}, {"reason", outcome.error}});
    const bool again = journal.rolling_back;
    if (!again) {
        journal.rolling_back = true;
        journal.reason = outcome.error;
        journal.failed_version = failed.version().str();
        if (journal.from != good.name) // never had the names that were carried from the one before
            journal.carried.clear();
        journal.from = failed.name;
        journal.to = good.name;
    }
    release_switch back(host, layout, journal, failed, good);
    if (again)
        back.load_anyway();
    result<void> done = co_await back.run();
    bool away = back.manager_away();
    if (done) {
        done =
            co_await watch(host, layout, {}); // no checks: they may fail for another reason, and nothing better is left
        away = is_away(done);
    } else if (!away && (done.error().code() == errc::unavailable || back.undecided())) {
        co_return unfinished(layout, std::move(outcome), done.error().within("going back to " + good.version().str()),
            back.undecided() ? when_readable : "this goes on when there is room");
    }
    if (!done && !away) {
        outcome.error += "; going back to " + good.version().str() + " failed too: " + done.error().message();
        away = is_away(co_await stop_service(host, layout));
        done = away ? result<void>(error(errc::unavailable, "and the service manager is away")) : done;
    }
    if (away)
        co_return unfinished(layout, std::move(outcome), done.error());
    co_return co_await end_of_way_back(
        host, layout, back.journal(), failed, good, std::move(outcome), done.has_value());
}

task<deploy_outcome> undo(
    const host_access& host, cell_layout layout, journal_entry journal, deploy_outcome outcome, bool may_retry)
{
    if (journal.was_running) {
        const result<void> started = co_await uncancelled(
            give_order(host, layout, [&](auto& manager) { return manager.start(layout.service()); }));
        if (is_away(started))
            co_return unfinished(layout, std::move(outcome), started.error());
        if (!started)
            outcome.error += "; starting it again failed: " + started.error().message();
    }
    (void)co_await host.workers.run([&] {
        discard_stage(layout, journal);
        return true;
    });
    (void)co_await host.workers.run([&] { return remove_journal(layout); });
    outcome.ending = may_retry ? ending::postponed : ending::failed;
    co_return outcome;
}

namespace {

task<deploy_outcome> verify_or_go_back(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to)
{
    const result<void> up = co_await watch(host, layout, checks_of(host, layout, to));
    if (is_away(up))
        co_return unfinished(layout, outcome_of(journal, to), up.error());
    if (!up)
        co_return co_await uncancelled(after_failure(host, layout, journal, from, to, up.error(), false));
    deploy_outcome outcome = outcome_of(journal, to);
    outcome.ending = ending_of(journal);
    outcome.running = to.version();
    const result<std::string> note =
        co_await host.workers.run([&] { return conclude(host, layout, journal, from, to); });
    tell_of_conclusion(note, outcome);
    co_return outcome;
}

// A manager that does not answer is not asked to stop anything.
task<deploy_outcome> not_begun(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to, error why)
{
    journal.was_running = false; // and still is as it was
    deploy_outcome outcome = outcome_of(journal, to);
    outcome.error = why.within("nothing was touched").message();
    outcome.running = from ? std::optional(from->version()) : std::nullopt;
    co_return co_await undo(host, layout, journal, std::move(outcome), true);
}

} // namespace

task<deploy_outcome> finish_switch(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to)
{
    release_switch forward(host, layout, std::move(journal), from, to);
    const result<void> done = co_await uncancelled(forward.finish_commit());
    if (done) {
        leave_if_told(host); // which may have come meanwhile
        co_return co_await verify_or_go_back(host, layout, forward.journal(), from, to);
    }
    if (forward.manager_away())
        co_return unfinished(layout, outcome_of(forward.journal(), to), done.error());
    co_return co_await uncancelled(
        after_failure(host, layout, forward.journal(), from, to, done.error(), forward.refused()));
}

task<deploy_outcome> switch_and_verify(const host_access& host, cell_layout layout, journal_entry journal,
    std::optional<release_record> from, release_record to, std::optional<host::service_state> now)
{
    std::optional<bool> enabled;
    if (host::service_manager* const manager = host.manager_of(layout.profile())) {
        const result<host::service_state> before =
            now ? result<host::service_state>(*now) : co_await manager->state(layout.service());
        if (!before)
            co_return co_await not_begun(host, layout, journal, from, to, before.error());
        journal.was_running =
            before->phase == host::service_phase::running || before->phase == host::service_phase::starting;
        enabled = before->enabled;
    }
    release_switch forward(host, layout, journal, from, to, enabled);
    const result<void> done = co_await forward.run();
    journal = forward.journal();
    if (done)
        co_return co_await verify_or_go_back(host, layout, journal, from, to);
    if (forward.undecided())
        co_return unfinished(layout, outcome_of(journal, to), done.error(), when_readable);
    if (forward.committed() && forward.manager_away())
        co_return unfinished(layout, outcome_of(journal, to), done.error());
    if (forward.committed())
        co_return co_await uncancelled(after_failure(host, layout, journal, from, to, done.error(), forward.refused()));

    deploy_outcome outcome = outcome_of(journal, to);
    outcome.error = done.error().message();
    outcome.running = from ? std::optional(from->version()) : std::nullopt;
    // A manager that does not stop it would keep it down with each try; one that did not hear it stopped nothing. A
    // full disk is found before the next try stops it.
    const bool may_retry = done.error().code() == errc::unavailable &&
                           (forward.manager_away() || !forward.stop_asked() || forward.stopped());
    co_return co_await undo(host, layout, journal, std::move(outcome), may_retry);
}

} // namespace fleetman::agent
