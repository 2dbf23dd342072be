#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/host/process.hpp>
#include <fleetman/host/service_manager.hpp>

#include <chrono>
#include <map>
#include <set>

// Units of systemd, through its systemctl (tried with 252): names are given without ".service".

namespace fleetman::host {

struct systemctl_settings
{
    std::filesystem::path program = "/usr/bin/systemctl";
    std::filesystem::path analyze = "/usr/bin/systemd-analyze"; // not there: units are not judged beforehand
    milliseconds query_limit = std::chrono::seconds(15);
    milliseconds change_limit = std::chrono::minutes(5); // stop waits for the unit's TimeoutStopSec
};

class systemctl final : public service_manager
{
public:
    explicit systemctl(systemctl_settings with) : with_(std::move(with)) {}

    // systemd-analyze verify; only lines that name this file count, since it reads what the unit refers to as well.
    // Fails with invalid and what systemd says, unavailable when it does not come to an end.
    task<result<void>> check(std::filesystem::path definition) override;
    task<result<void>> load(std::string name) override;   // daemon-reload
    task<result<void>> enable(std::string name) override; // --no-reload: a reload costs more than all else
    task<result<void>> disable(std::string name) override;
    task<result<void>> start(std::string name) override; // --no-block, after reset-failed
    task<result<void>> stop(std::string name) override;
    task<result<service_state>> state(std::string name) override;
    // One listing; how often a unit was restarted is asked only of those that are not as they were, and of all now and
    // then, since one that fails and comes back between two looks is.
    task<result<std::map<std::string, service_state>>> states(std::string prefix) override;

private:
    task<result<outcome>> call(std::vector<std::string> arguments, milliseconds limit);
    task<result<std::string>> ask(std::vector<std::string> arguments, milliseconds limit);
    task<result<std::string>> reset(std::string name);
    task<bool> is_going_down();
    task<void> add_restarts(std::map<std::string, service_state>& listed);

    systemctl_settings with_;
    // As it was last shown: the listing tells nothing of restarts.
    struct shown
    {
        std::string detail;
        std::uint64_t restarts = 0;
        std::chrono::steady_clock::time_point at;
    };
    std::map<std::string, shown> shown_;
    // When each service was last told to start from here: a oneshot's success before that is of an earlier run.
    std::map<std::string, std::chrono::steady_clock::time_point> ordered_;
    std::set<std::string> reset_; // since when nothing was started from here
};

// Whether systemctl's words are about systemd, which it could not speak to or which ends the system, and not about a
// unit.
bool says_no_systemd(std::string_view words);

// A time span as systemd prints it (systemd.time(7)): "1min 30s", "2.5ms", "infinity", which is no_start_limit.
std::optional<milliseconds> parse_time_span(std::string_view text);

// "Key=Value" lines as `systemctl show` prints them, in any order.
std::map<std::string, std::string> parse_properties(std::string_view shown);
// The same of several units, with blank lines between them and each with its Id: by name, without ".service".
std::map<std::string, std::map<std::string, std::string>> parse_units_shown(std::string_view shown);
// A oneshot that ended before `ordered` did not end because of that order.
service_state state_from_properties(
    const std::map<std::string, std::string>& properties, std::chrono::steady_clock::time_point ordered = {});

// `systemctl list-units --output=json`: only what the listing tells, so no restarts and no process ids.
result<std::map<std::string, service_state>> parse_unit_list(std::string_view json);

} // namespace fleetman::host
