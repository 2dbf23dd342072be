#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/host/service_manager.hpp>

#include <chrono>

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
    task<result<void>> check(std::filesystem::path definition) override;
    task<result<void>> load(std::string name) override; // daemon-reload
    task<result<void>> enable(std::string name) override;
    task<result<void>> disable(std::string name) override;
    task<result<void>> start(std::string name) override; // --no-block, after reset-failed
    task<result<void>> stop(std::string name) override;
    task<result<service_state>> state(std::string name) override;
    task<result<std::map<std::string, service_state>>> states(std::string prefix) override;

private:
    task<result<std::string>> ask(std::vector<std::string> arguments, milliseconds limit);

    systemctl_settings with_;
    // When each service was last told to start from here: a oneshot's success before that is of an earlier run.
    std::map<std::string, std::chrono::steady_clock::time_point> ordered_;
};

// A time span as systemd prints it (systemd.time(7)): "1min 30s", "2.5ms", "infinity", which is no_start_limit.
std::optional<milliseconds> parse_time_span(std::string_view text);

// "Key=Value" lines as `systemctl show` prints them, in any order.
std::map<std::string, std::string> parse_properties(std::string_view shown);
// A oneshot that ended before `ordered` did not end because of that order.
service_state state_from_properties(
    const std::map<std::string, std::string>& properties, std::chrono::steady_clock::time_point ordered = {});

// `systemctl list-units --output=json`: only what the listing tells, so no restarts and no process ids.
result<std::map<std::string, service_state>> parse_unit_list(std::string_view json);

} // namespace fleetman::host
