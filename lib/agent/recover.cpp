#include "deployment.hpp"

#include <fleetman/agent/switch_release.hpp>
#include <fleetman/core/log.hpp>

#include <utility>

namespace fleetman::agent {
namespace {

struct half_done
{
    journal_entry journal;
    std::optional<release_record> from;
    std::optional<release_record> to;
    std::optional<std::string> deciding; // the release that the host would boot now
    std::optional<error> unclear;        // why that cannot be told just now
};

// Two profiles may share a folder of services, and with it the journal; those of earlier agents do not name theirs.
bool is_of(const cell_layout& layout, const half_done& found)
{
    const std::optional<release_record>& known = found.to ? found.to : found.from;
    if (found.journal.profile)
        return *found.journal.profile == layout.profile();
    return !known || known->snapshot.content.profile == layout.profile();
}

result<std::optional<half_done>> read_half_done(const cell_layout& layout)
{
    result<std::optional<journal_entry>> journal = read_journal(layout);
    if (!journal)
        return journal.error();
    if (!*journal)
        return std::optional<half_done>();
    half_done found{.journal = **std::move(journal)};
    const auto read = [&](const std::string& name, std::optional<release_record>& into) {
        auto record = read_record(layout, name);
        if (record)
            into = *std::move(record);
        else if (!name.empty() && record.error().code() != errc::not_found)
            found.unclear = record.error();
    };
    read(found.journal.from, found.from);
    read(found.journal.to, found.to);
    if (!is_of(layout, found))
        return std::optional<half_done>();
    if (found.to) {
        const auto deciding = deciding_release(layout, found.from, *found.to);
        if (deciding)
            found.deciding = *deciding;
        else
            found.unclear = deciding.error();
    }
    return std::optional(std::move(found));
}

// What may be running is not touched on a guess: the journal stays, until everything can be read.
bool must_wait(const half_done& found)
{
    return found.unclear && found.journal.at != step::staging;
}

deploy_outcome outcome_of(const half_done& found)
{
    if (found.to)
        return outcome_of(found.journal, *found.to);
    deploy_outcome outcome{.error = found.journal.reason, .trigger = found.journal.trigger};
    if (const auto attempted = model::version::load(found.journal.version))
        outcome.attempted = *attempted;
    return outcome;
}

// No trigger brings this one back, so it has to be told.
deploy_outcome undone_by_hand(const half_done& found)
{
    const std::string wanted = found.to ? found.to->version().str() : found.journal.to;
    deploy_outcome outcome{.ending = ending::failed,
        .error = "the rollback by hand to " + wanted + " was interrupted, and undone: ask for it again",
        .trigger = found.journal.trigger};
    if (found.from) {
        outcome.running = found.from->version();
        outcome.profile = found.from->snapshot.content.profile;
    }
    return outcome;
}

deploy_outcome finished_later(deploy_outcome outcome)
{
    if (outcome.ending == ending::unfinished)
        return outcome;
    const std::string said = "this was interrupted and finished later";
    outcome.note = outcome.note.empty() ? said : said + "; " + outcome.note;
    return outcome;
}

// The order in which a restarted agent trusts things: first the names on disk, then the journal.
task<std::optional<deploy_outcome>> finish_or_undo(const host_access& host, cell_layout layout, half_done found)
{
    const journal_entry& journal = found.journal;
    // Behind the commit a definition that names neither release was edited or removed since; ours runs all the same.
    const bool behind_commit = journal.at == step::switched || journal.at == step::verified;
    const bool decided = found.to && (behind_commit || found.deciding == found.to->name);
    if (behind_commit && !found.to) {
        log::error("agent", "not-recovered", {{"cell", layout.cell().str()}, {"lost", journal.to}});
        (void)co_await host.workers.run([&] { return remove_journal(layout); });
        co_return std::nullopt;
    }
    if (journal.at == step::staging || !found.to || (!decided && !journal.rolling_back)) {
        // Nothing was committed, so the trigger has not been acted on: it will be, afresh.
        deploy_outcome outcome{.trigger = journal.trigger};
        outcome = co_await undo(host, layout, journal, std::move(outcome), true);
        if (outcome.ending == ending::unfinished)
            co_return outcome;
        co_return journal.by_hand ? std::optional(undone_by_hand(found)) : std::nullopt;
    }
    deploy_outcome outcome = outcome_of(journal, *found.to);
    if (journal.rolling_back && journal.at != step::verified && found.from) {
        if (const auto failed = model::version::load(journal.failed_version))
            outcome.attempted = *failed;
        co_return finished_later(
            co_await go_back(host, layout, journal, *std::move(found.from), *std::move(found.to), std::move(outcome)));
    }
    if (journal.at != step::verified)
        co_return finished_later(co_await finish_switch(host, layout, journal, found.from, *found.to));
    outcome.ending = ending_of(journal);
    outcome.running = found.to->version();
    const result<std::string> note =
        co_await host.workers.run([&] { return conclude(host, layout, journal, found.from, *found.to); });
    tell_of_conclusion(note, outcome);
    co_return finished_later(std::move(outcome));
}

} // namespace

task<result<void>> conclude_again(const host_access& host, cell_layout layout)
{
    co_return co_await host.workers.run([&]() -> result<void> {
        const result<std::optional<half_done>> read = read_half_done(layout);
        if (!read) // something is there: it must not be written over
            return error(errc::unavailable, read.error().message());
        const std::optional<half_done>& found = *read;
        if (!found || found->journal.at != step::verified || !found->to)
            return result<void>();
        const result<std::string> done = conclude(host, layout, found->journal, found->from, *found->to);
        return done ? result<void>() : done.error();
    });
}

task<std::optional<deploy_outcome>> recover(const host_access& host, cell_layout layout)
{
    result<std::optional<half_done>> read = co_await host.prompt().run([&] { return read_half_done(layout); });
    if (!read) {
        deploy_outcome outcome = unfinished(layout, {}, read.error(), when_readable);
        outcome.profile = std::nullopt; // it may be of another one that shares the folder
        co_return outcome;
    }
    std::optional<half_done>& found = *read;
    if (!found)
        co_return std::nullopt;
    log::warning("agent", "recovering",
        {{"cell", layout.cell().str()}, {"step", to_string(found->journal.at)}, {"to", found->journal.to},
            {"decides", found->deciding.value_or("")}});
    if (must_wait(*found))
        co_return unfinished(layout, outcome_of(*found), *found->unclear, when_readable);
    co_return co_await finish_or_undo(host, layout, *std::move(found));
}

} // namespace fleetman::agent
