#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/host/supervisor_status.hpp>

#include <optional>

// Programs of supervisord, through its supervisorctl (tried with 4.2.5). A call costs about 300 ms, since it is
// Python; exit code 0 does not mean running, so states are read from the listing.

namespace fleetman::host {

struct supervisorctl_settings
{
    std::filesystem::path program = "/usr/bin/supervisorctl";
    std::optional<std::filesystem::path> config_file; // passed as -c
    std::optional<std::string> server_url;            // "unix:///run/supervisor.sock", passed as -s
    milliseconds query_limit = std::chrono::seconds(15);
    milliseconds change_limit = std::chrono::minutes(5); // stop waits for stopwaitsecs, start for startsecs
};

class supervisorctl final : public service_manager
{
public:
    explicit supervisorctl(supervisorctl_settings with) : with_(std::move(with)) {}

    task<result<void>> check(std::filesystem::path definition) override;
    // `reread`, then `update NAME`: a bare update would apply strangers' edits. A definition that breaks reread breaks
    // it for every program, so the caller must put the old one back.
    task<result<void>> load(std::string name) override;
    task<result<void>> enable(std::string name) override; // autostart= in the definition decides
    task<result<void>> disable(std::string name) override;
    task<result<void>> start(std::string name) override;
    task<result<void>> stop(std::string name) override;
    // Whether an ended process ended as expected is looked up in supervisord's log, which the listing does not tell.
    task<result<service_state>> state(std::string name) override;
    task<result<std::map<std::string, service_state>>> states(std::string prefix) override;

private:
    task<void> judge_ends(std::vector<supervisor_process>& group);
    task<result<std::string>> ask(std::vector<std::string> arguments, milliseconds limit);

    supervisorctl_settings with_;
};

} // namespace fleetman::host
