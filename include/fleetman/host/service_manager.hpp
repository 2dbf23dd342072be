#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The seam to whatever keeps services running on a host. What differs between systemd and supervisord ends here, so
// that deciding when to start, stop and roll back is written and tested once.

namespace fleetman::host {

enum class service_phase
{
    unknown,  // the manager has no such service
    stopped,  // known, and not running because nobody asked or because it ended with success
    starting, // on its way up for the first time
    running,
    finished, // ran to its expected end: a oneshot unit, a program with an expected exit code
    stopping,
    failed, // ended or ends again and again; it may be up at this moment, between two crashes
};

std::string_view to_string(service_phase value);

// A service whose definition says that its start may take for ever.
inline constexpr milliseconds no_start_limit = milliseconds::max();

struct service_state
{
    service_phase phase = service_phase::unknown;
    std::string detail;         // the manager's own words: "failed (exit-code, status 3)", "FATAL Exited too quickly"
    std::uint64_t restarts = 0; // since it was last started on purpose; 0 where the manager does not count
    std::vector<pid_t> pids{};  // its main processes, one unless it is a group

    // How long the service's own definition lets its start take; nothing where the manager does not tell.
    std::optional<milliseconds> start_limit{};

    // Whether it starts at boot, as far as that can be said of its definition; nothing where the manager does not tell.
    std::optional<bool> enabled{};

    bool operator==(const service_state&) const = default;
};

// Every operation fails with unavailable when the manager itself does not answer: it is not there, is starting or
// ending, or hangs. That says nothing about any service; whatever else an operation fails with does.
class service_manager
{
public:
    virtual ~service_manager() = default;

    // Judges a definition (a unit, a program's configuration) that is not installed yet. Fails with invalid, in the
    // manager's words. A manager that cannot tell accepts.
    virtual task<result<void>> check(std::filesystem::path definition) = 0;

    // Makes the manager take the definition of this service as it now is on disk: new, changed, or gone. Leaves all
    // others alone. May stop or start this one. Fails with invalid when the manager refuses what is there.
    virtual task<result<void>> load(std::string name) = 0;

    // At boot too, by the definition that is on disk. Until the next load() the manager may show what was before.
    virtual task<result<void>> enable(std::string name) = 0;
    virtual task<result<void>> disable(std::string name) = 0;

    // Returns when the manager has taken the order, not when the service is up; one that runs already is fine.
    virtual task<result<void>> start(std::string name) = 0;
    // Returns when it is down; one that is not running, or unknown, is fine.
    virtual task<result<void>> stop(std::string name) = 0;

    virtual task<result<service_state>> state(std::string name) = 0;
    // Every known service whose name begins with `prefix`, in one query.
    virtual task<result<std::map<std::string, service_state>>> states(std::string prefix) = 0;
};

} // namespace fleetman::host
