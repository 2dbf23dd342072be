#include "deployment.hpp"

#include <fleetman/agent/rollback.hpp>

#include <algorithm>

namespace fleetman::agent {
namespace {

struct way_back
{
    std::optional<release_record> from;
    release_record to;
};

result<way_back> find_way(const cell_layout& layout, const std::string& wanted)
{
    const result<std::optional<journal_entry>> journal = read_journal(layout);
    if (!journal)
        return journal.error();
    if (*journal)
        return error(errc::conflict,
            "a deployment of " + layout.cell().str() +
                " is not finished; an agent does that first, as soon as it starts or the service manager answers");
    result<release_record> to = choose_release(layout, wanted);
    if (!to)
        return to.error();
    result<std::optional<release_record>> live = live_release(layout);
    if (!live)
        return live.error();
    return way_back{*std::move(live), *std::move(to)};
}

} // namespace

result<cell_layout> find_cell(const settings& with, const model::cell_id& cell)
{
    for (const auto profile : deployable_profiles) {
        const profile_folders* const folders = with.folders_of(profile);
        if (folders == nullptr)
            continue;
        cell_layout layout(*folders, profile, cell);
        // Profiles may share a folder of services; the live release's record tells which one it is.
        const auto live = live_release(layout);
        if (live && *live && (*live)->snapshot.content.profile == profile)
            return layout;
    }
    return error(errc::not_found, "no release of a cell " + cell.str() + " is installed here");
}

result<std::vector<release_choice>> release_choices(const cell_layout& layout)
{
    const auto all = releases_on_disk(layout);
    if (!all)
        return all.error();
    const auto live = live_release(layout);
    if (!live)
        return live.error();
    std::vector<release_choice> choices;
    for (auto each = all->rbegin(); each != all->rend(); ++each)
        if (each->verified)
            choices.push_back({each->name, each->version(), *live && (*live)->name == each->name});
    return choices;
}

result<release_record> choose_release(const cell_layout& layout, const std::string& wanted)
{
    const auto choices = release_choices(layout);
    if (!choices)
        return choices.error();
    bool live = false;
    for (const release_choice& each : *choices) {
        if (each.name != wanted && each.version.str() != wanted)
            continue;
        if (!each.running)
            return read_record(layout, each.name);
        live = true;
    }
    const std::string named = layout.cell().str() + " has " + (live ? "" : "no release ") + wanted;
    if (live)
        return error(errc::conflict, named + " already, and no other release of it");
    return error(errc::not_found, named + " on this host that ever ran");
}

task<result<deploy_outcome>> roll_back(
    const host_access& host, cell_layout layout, std::string wanted, dealt_with before)
{
    const result<way_back> way = co_await host.workers.run([&] { return find_way(layout, wanted); });
    if (!way)
        co_return way.error();
    journal_entry journal{.by_hand = true, .to = way->to.name};
    journal.from = way->from ? way->from->name : "";
    journal.trigger = before.trigger.value_or(trigger_identity{});
    journal.version = before.wanted ? before.wanted->str() : "";
    if (before.wanted != way->to.version())
        journal.reason = "rolled back by hand to " + way->to.version().str();
    co_return co_await switch_and_verify(host, layout, std::move(journal), way->from, way->to);
}

std::string as_table(const std::vector<release_choice>& choices)
{
    std::size_t width = std::string_view("VERSION").size();
    for (const release_choice& each : choices)
        width = std::max(width, each.version.str().size());
    std::string table = "   VERSION" + std::string(width - 7 + 2, ' ') + "RELEASE\n";
    for (const release_choice& each : choices)
        table += (each.running ? " * " : "   ") + each.version.str() +
                 std::string(width - each.version.str().size() + 2, ' ') + each.name + '\n';
    return table;
}

} // namespace fleetman::agent
