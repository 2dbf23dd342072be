#include "shared_folder.hpp"

#include <fleetman/agent/backups.hpp>
#include <fleetman/agent/journal.hpp>
#include <fleetman/agent/orphans.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/host/folder.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <set>

namespace fleetman::agent {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view record_ending = ".json";
constexpr std::string_view scratch_ending = ".new"; // ".NAME….new", as host::folder and host::files write them

std::vector<std::string> names_in(const host::folder& folder)
{
    result<std::vector<std::string>> names = folder.names();
    return names ? *std::move(names) : std::vector<std::string>();
}

bool is_scratch(std::string_view name, std::string_view of)
{
    return name.starts_with('.') && name.ends_with(scratch_ending) && name.substr(1).starts_with(of);
}

void remove_scratch(const fs::path& in, std::string_view of)
{
    if (const result<host::folder> folder = host::folder::open(in))
        for (const std::string& name : names_in(*folder))
            if (is_scratch(name, of))
                (void)folder->remove(name);
}

// What slots lead to stays, whatever became of its record.
std::set<std::string> releases_of_slots(const cell_layout& layout)
{
    std::set<std::string> all;
    if (const result<host::folder> store = host::folder::open(layout.store()))
        for (const std::string& name : names_in(*store))
            if (const auto target = store->link_target(name); target && *target)
                all.insert(fs::path(**target).filename().string());
    return all;
}

void remove_releases(const cell_layout& layout)
{
    const result<host::folder> releases = host::folder::open(layout.releases());
    if (!releases)
        return;
    const std::set<std::string> used = releases_of_slots(layout);
    const std::vector<std::string> names = names_in(*releases);
    const auto there = [&](const std::string& name) { return std::binary_search(names.begin(), names.end(), name); };
    for (const std::string& name : names) {
        const bool record = name.ends_with(record_ending);
        const std::string partner =
            record ? name.substr(0, name.size() - record_ending.size()) : name + std::string(record_ending);
        const auto seen = releases->look(name);
        if (there(partner) || used.contains(name) || !seen || !*seen || S_ISLNK((*seen)->st_mode))
            continue;
        const result<void> gone = releases->remove_tree(name);
        log::info("agent", "orphan-removed",
            {{"cell", layout.cell().str()}, {"name", name}, {"error", gone ? "" : gone.error().message()}});
    }
}

} // namespace

void remove_orphans(const cell_layout& layout)
{
    if (has_journal(layout))
        return;
    remove_releases(layout);
    remove_unused_stores(layout);
    remove_scratch(layout.store(), "");
    remove_scratch(layout.releases(), "");
    for (const std::string& live_name : {layout.live_name(true), layout.live_name(false)})
        remove_scratch(layout.services(), live_name + '.');
    std::error_code absent;
    if (layout.has_definition())
        fs::remove(layout.definition_scratch(), absent);
}

void remove_orphans(const settings& with)
{
    remove_partial_backups(with);
    for (const auto profile : deployable_profiles) {
        const profile_folders* const folders = with.folders_of(profile);
        if (folders == nullptr)
            continue;
        if (const result<host::folder> stores = host::folder::open(folders->services / store_folder))
            for (const std::string& name : names_in(*stores))
                if (const auto cell = model::cell_id::load(name))
                    remove_orphans(cell_layout(*folders, profile, *cell));
    }
}

} // namespace fleetman::agent
