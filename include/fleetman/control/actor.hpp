#pragma once

#include <string>

// Who asks for a change: what operations and the audit log remember of it.

namespace fleetman::control {

struct actor
{
    std::string name = "local"; // "alice", "token:ci"; "local" where no login is asked for
    std::string from;           // the peer's address, without its port

    bool operator==(const actor&) const = default;
};

} // namespace fleetman::control
