#pragma once

#include <fleetman/core/result.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

// The texts that tell a service manager how to run a cell: systemd units and supervisord programs. Pure.

namespace fleetman::agent {

// "${name}" for each given name; others are left as they are. Used for agents' templates.
std::string fill_placeholders(std::string_view text, const std::map<std::string, std::string>& values);

// A value inside a supervisord configuration, where "%" begins an expansion.
std::string supervisor_escaped(std::string_view value);

// `text` with another path where `path` stands as a whole or as the beginning of a longer one: "/a/b" in "/a/b/c", not
// in
// "/a/b-c".
std::string with_path_replaced(std::string_view text, const std::string& path, const std::string& by);

struct unit_paths
{
    std::filesystem::path live;
    std::filesystem::path slot;
    std::filesystem::path shared;
};

// The operator's unit as it is installed, so that it decides alone which release runs, also after a power cut between
// two renames (docs/agent.md):
//  - a first ExecStartPre= points the live path at this unit's slot, behind the last one that empties the list;
//  - Condition…= and Assert…= lines, which are judged before that, look at the slot instead of the live path;
//  - ReadWritePaths= that names the live path names shared/ too, since logs/ is a link into it.
// Fails with invalid when the unit has no [Service], or has the live path as RootDirectory=, which links cannot leave.
result<std::string> installed_unit(std::string_view unit, const unit_paths& paths);

// The lines of its [Install] sections: when a unit starts by itself. Empty for a program of supervisor's.
std::string install_section(std::string_view definition);

} // namespace fleetman::agent
