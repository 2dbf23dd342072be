#pragma once

#include <fleetman/host/service_manager.hpp>

#include <optional>

// What supervisord says of its processes, whichever way it was asked, as the states that the agent decides by. Pure.

namespace fleetman::host {

struct supervisor_process
{
    std::string group; // of a program that is in no group, its own name
    std::string name;
    service_phase phase = service_phase::unknown;
    std::string word;   // "RUNNING", "EXITED", …
    std::string detail; // what supervisord adds to it, empty when it adds nothing or only a process id
    std::optional<pid_t> pid;

    bool operator==(const supervisor_process&) const = default;
};

// Nothing for a word that is no state (supervisor's subprocess documentation, "Process States").
std::optional<service_phase> supervisor_phase(std::string_view word);

// The output of `supervisorctl status`; lines that are none of a process are left out.
std::vector<supervisor_process> parse_supervisor_listing(std::string_view listing);

// Per group the worst of its processes, and all their ids.
std::map<std::string, service_state> states_by_group(const std::vector<supervisor_process>& processes);

// Whether supervisorctl's words are about supervisord, which is not there or ends, and not about a program.
bool says_no_supervisord(std::string_view words);

// supervisorctl shows of an ended process only when that was ("Nov 24 02:22 AM"), not whether with an expected exit
// code. supervisord's own log tells: returns its words ("exit status 3; not expected") when the last end of `process`
// in `log` was at that minute and not expected.
std::optional<std::string> unexpected_end(std::string_view log, std::string_view process, std::string_view ended_at);

} // namespace fleetman::host
