#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/host/supervisor_status.hpp>
#include <fleetman/host/xmlrpc.hpp>

#include <boost/json/value.hpp>

// Programs of supervisord by its own XML-RPC (tried with 4.2.5): no process for a question, and each program's end
// judged by supervisord itself, where supervisorctl costs 300 ms and leaves the exit code out.

namespace fleetman::host {

struct supervisor_rpc_settings
{
    std::string server_url; // "unix:///run/supervisor.sock" or "http://127.0.0.1:9001", as supervisorctl -s has it
    milliseconds query_limit = std::chrono::seconds(15);
    milliseconds change_limit = std::chrono::minutes(5); // stop waits for stopwaitsecs, start for startsecs
};

class supervisor_rpc final : public service_manager
{
public:
    explicit supervisor_rpc(supervisor_rpc_settings with) : with_(std::move(with)) {}

    task<result<void>> check(std::filesystem::path definition) override;
    // reloadConfig, then only this group is stopped, removed and added: strangers' edits wait for their own update.
    task<result<void>> load(std::string name) override;
    task<result<void>> enable(std::string name) override; // autostart= in the definition decides
    task<result<void>> disable(std::string name) override;
    task<result<void>> start(std::string name) override;
    task<result<void>> stop(std::string name) override;
    task<result<service_state>> state(std::string name) override;
    task<result<std::map<std::string, service_state>>> states(std::string prefix) override;

private:
    using arguments = std::vector<rpc_argument>;

    // One exchange. A fault is in the answer, not an error.
    task<result<rpc_answer>> call(std::string method, arguments with, milliseconds limit);
    // The same with a fault as an error of `failed`, or not_found for a name that supervisord does not know.
    task<result<boost::json::value>> ask(std::string method, arguments with, milliseconds limit);

    supervisor_rpc_settings with_;
};

// What getAllProcessInfo answers; an entry without a name or with no known state is left out.
std::vector<supervisor_process> processes_in(const boost::json::value& answer);

// What reloadConfig answers: the groups whose configuration is new, another, or gone.
struct config_changes
{
    std::vector<std::string> added;
    std::vector<std::string> changed;
    std::vector<std::string> removed;
};
config_changes changes_in(const boost::json::value& answer);

} // namespace fleetman::host
