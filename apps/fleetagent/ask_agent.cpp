#include "ask_agent.hpp"
#include "assembly.hpp"
#include "run_task.hpp"

#include <fleetman/agent/overview.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/host/lock_file.hpp>

#include <cstdlib>
#include <iostream>
#include <thread>
#include <utility>

namespace fleetman::app {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto taken_within = 20s;      // an agent looks at least every 10 s; a host may be busy
constexpr auto answered_within = 15min; // stopping and starting a service have limits of their own
constexpr auto pause = 100ms;

// By a command of a moment: blocking is fine.
result<std::string> ask_running_agent(const agent::settings& with, agent::request wanted)
{
    wanted.expires_at = unix_seconds(std::chrono::system_clock::now() + taken_within);
    const result<std::string> id = agent::hand_over(with, wanted);
    if (!id)
        return id.error().within("ask the running agent");
    const auto began = steady_clock::now();
    bool taken = false;
    while (steady_clock::now() < began + answered_within) {
        const bool ended = !host::lock_file::is_held(agent::lock_path(with)); // before looking: its last word counts
        if (const auto said = agent::take_answer(with, *id)) {
            if (said->done)
                return said->text;
            return error(errc::failed, said->text);
        }
        if (!taken && steady_clock::now() > began + taken_within) {
            if (agent::withdraw(with, *id))
                return error(errc::unavailable, "the running agent does not take requests; nothing was done");
            taken = true;
        }
        if (ended)
            return error(errc::unavailable, agent::withdraw(with, *id)
                                                ? "the agent ended; nothing was done"
                                                : "the agent ended on the way; see \"fleetagent status\"");
        std::this_thread::sleep_for(pause);
    }
    return error(errc::unavailable, "the agent has not answered yet; see \"fleetagent status\"");
}

task<result<std::string>> start_and_do(
    agent::agent& worker, std::function<task<result<std::string>>(agent::agent&)> what)
{
    const result<void> started = co_await worker.start();
    if (!started)
        co_return started.error();
    co_await worker.idle();
    task<result<std::string>> work = what(worker);
    co_return co_await std::move(work);
}

} // namespace

result<std::string> do_by_hand(const std::filesystem::path& config, agent::request wanted,
    std::function<task<result<std::string>>(agent::agent&)> by_ourselves)
{
    const result<std::unique_ptr<onlooker>> looking = onlooker::make(config);
    if (!looking)
        return looking.error();
    const agent::settings& with = (*looking)->host().with;
    if (host::lock_file::is_held(agent::lock_path(with)))
        return ask_running_agent(with, std::move(wanted));
    const result<std::unique_ptr<assembly>> made = assembly::make(config);
    if (!made)
        return made.error();
    return run_task((*made)->loop(), start_and_do((*made)->agent(), std::move(by_ourselves)));
}

int tell_outcome(const result<std::string>& done)
{
    if (done) {
        std::cout << *done << '\n';
        return EXIT_SUCCESS;
    }
    std::cerr << "fleetagent: " << done.error().message() << '\n';
    return EXIT_FAILURE;
}

} // namespace fleetman::app
