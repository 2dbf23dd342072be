#pragma once

#include <fleetman/agent/contents.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/record.hpp>
#include <fleetman/agent/rights.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/model/tokens.hpp>

#include <string>

// From downloaded files to a release that could be switched to: tokens rendered, the definition made, rights set,
// everything durable. Nothing that runs is touched. All of it blocks.

namespace fleetman::agent {

inline constexpr std::uint64_t template_max_bytes = std::uint64_t{4} * 1024 * 1024;

// The folder to download into; the store around it is made when it is not there. `name` must be free.
result<host::folder> begin_release(const cell_layout& layout, const std::string& name);

// Enough room for the release? Sizes count as the file system counts them, with 5 % to spare. Fails with unavailable.
result<void> check_space(const std::filesystem::path& on, const release_contents& contents);

// Replaces the tokens in every file that has them, but for those that were copied with theirs replaced. `fetched`,
// parallel to the contents' files, gets what each is then.
result<void> render_files(const host::folder& release, const release_contents& contents,
    const model::token_values& tokens, std::vector<fetched_file>& fetched);

// The local manifest.json: that this folder is ours, and what it holds (interop.md, "On the host").
result<void> write_local_manifest(const host::folder& release, const model::snapshot& snapshot);

// Sets owners and modes on open files, folders last and from the deepest up. Folders that nobody declared are as
// accessible as the service folder.
result<void> seal_release(const host::folder& release, const release_contents& contents, const resolved_rights& rights);

// Makes all of it durable.
result<void> sync_release(const host::folder& release, const release_contents& contents, const resolved_rights& rights);

struct definition_texts
{
    std::string installed; // what the service manager reads; empty for deploy
    std::string slot;      // the digest that it goes with
};

// From app.service in the release, else the agent's template, else the built-in default. Fails with invalid for a unit
// that cannot be installed.
result<definition_texts> make_definition(const cell_layout& layout, const profile_folders& folders,
    const host::folder& release, const model::snapshot& snapshot, const resolved_rights& rights,
    const model::token_values& tokens);

} // namespace fleetman::agent
