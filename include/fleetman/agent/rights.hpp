#pragma once

#include <fleetman/agent/contents.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/model/manifest.hpp>

#include <sys/types.h>

#include <string>
#include <vector>

// Names of owners turned into ids before anything on the host is touched, so that an unknown one fails early.

namespace fleetman::agent {

// Whom the agent runs as: only root can give files to others.
struct agent_account
{
    uid_t user;
    gid_t group;
    std::vector<gid_t> other_groups;

    bool privileged() const noexcept { return user == 0; }
    static agent_account current();
};

struct resolved_rights
{
    std::string service_user;          // for the definition
    std::string service_group;         // likewise
    host::rights folder;               // of the service folder itself
    std::vector<host::rights> files;   // parallel to release_contents::files
    std::vector<host::rights> folders; // parallel to release_contents::folders
};

// Owners that the manifest does not give are root's for an agent that is root, else the agent's own. Fails with
// not_found for an unknown name, with denied for one that this agent cannot apply, with invalid for a setuid or setgid
// mode that `allow_setuid` does not allow. Blocks: names may come from LDAP.
result<resolved_rights> resolve_rights(
    const model::manifest& manifest, const release_contents& contents, const agent_account& account, bool allow_setuid);

} // namespace fleetman::agent
