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
};

std::optional<half_done> read_half_done(const cell_layout& layout)
{
    std::optional<journal_entry> journal = read_journal(layout);
    if (!journal)
        return std::nullopt;
    half_done found{.journal = *std::move(journal)};
    if (auto record = read_record(layout, found.journal.from))
        found.from = *std::move(record);
    if (auto record = read_record(layout, found.journal.to))
        found.to = *std::move(record);
    if (found.to)
        found.deciding = deciding_release(layout, found.from, *found.to);
    return found;
}

// The order in which a restarted agent trusts things: first the names on disk, then the journal.
task<std::optional<deploy_outcome>> finish_or_undo(const host_access& host, cell_layout layout, half_done found)
{
    const journal_entry& journal = found.journal;
    const bool decided = found.to && found.deciding == found.to->name;
    if (journal.at == step::staging || !found.to || (!decided && !journal.rolling_back)) {
        // Nothing was committed, so the trigger has not been acted on: it will be, afresh.
        deploy_outcome outcome{.trigger = journal.trigger};
        (void)co_await undo(host, layout, journal, std::move(outcome), true);
        co_return std::nullopt;
    }
    deploy_outcome outcome = outcome_of(journal, *found.to);
    if (journal.rolling_back && journal.at != step::verified && found.from) {
        if (const auto failed = model::version::load(journal.failed_version))
            outcome.attempted = *failed;
        co_return co_await go_back(
            host, layout, journal, *std::move(found.from), *std::move(found.to), std::move(outcome));
    }
    if (journal.at != step::verified) {
        release_switch forward(host, layout, journal, found.from, *found.to);
        (void)co_await forward.finish_commit(); // a service that does not start is seen below
        co_return co_await verify_or_go_back(host, layout, forward.journal(), found.from, *found.to);
    }
    outcome.ending = ending_of(journal);
    outcome.running = found.to->version();
    const result<std::string> note =
        co_await host.workers.run([&] { return conclude(host, layout, journal, found.from, *found.to); });
    outcome.note = note ? *note : note.error().message();
    co_return outcome;
}

} // namespace

task<std::optional<deploy_outcome>> recover(const host_access& host, cell_layout layout)
{
    std::optional<half_done> found = co_await host.workers.run([&] { return read_half_done(layout); });
    if (!found)
        co_return std::nullopt;
    log::warning("agent", "recovering",
        {{"cell", layout.cell().str()}, {"step", to_string(found->journal.at)}, {"to", found->journal.to},
            {"decides", found->deciding.value_or("")}});
    std::optional<deploy_outcome> outcome = co_await finish_or_undo(host, layout, *std::move(found));
    if (outcome) {
        const std::string said = "the agent was interrupted and finished this when it was started again";
        outcome->note = outcome->note.empty() ? said : said + "; " + outcome->note;
    }
    co_return outcome;
}

} // namespace fleetman::agent
