#include <fleetman/core/text.hpp>
#include <fleetman/host/process.hpp>
#include <fleetman/host/supervisorctl.hpp>

#include <utility>

namespace fleetman::host {
namespace {

// (subprocess.rst of supervisor, "Process States"). BACKOFF: it ended before startsecs and is tried again.
service_phase phase_of(std::string_view word)
{
    if (word == "RUNNING")
        return service_phase::running;
    if (word == "STARTING")
        return service_phase::starting;
    if (word == "STOPPING")
        return service_phase::stopping;
    if (word == "STOPPED")
        return service_phase::stopped;
    if (word == "EXITED")
        return service_phase::finished;
    if (word == "BACKOFF" || word == "FATAL")
        return service_phase::failed;
    return service_phase::unknown;
}

// Which of two states of a group's processes speaks for the group.
int weight(service_phase value)
{
    switch (value) {
    case service_phase::failed: return 6;
    case service_phase::stopped: return 5;
    case service_phase::stopping: return 4;
    case service_phase::starting: return 3;
    case service_phase::unknown: return 2;
    case service_phase::running: return 1;
    case service_phase::finished: return 0;
    }
    return 0;
}

std::string_view next_word(std::string_view& rest)
{
    rest = trimmed(rest);
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest = trimmed(rest.substr(end));
    return word;
}

// "pid 1234, uptime 0:00:05"
std::optional<pid_t> pid_in(std::string_view description)
{
    if (!description.starts_with("pid "))
        return std::nullopt;
    description.remove_prefix(4);
    return parse_integer<pid_t>(description.substr(0, description.find(',')));
}

bool says(const outcome& seen, std::string_view words)
{
    return seen.out.find(words) != std::string::npos || seen.err.find(words) != std::string::npos;
}

} // namespace

std::map<std::string, service_state> parse_supervisor_status(std::string_view listing)
{
    std::map<std::string, service_state> all;
    for (const std::string& line : split(listing, '\n')) {
        std::string_view rest = line;
        const std::string_view process = next_word(rest);
        const std::string_view word = next_word(rest);
        const service_phase phase = phase_of(word);
        if (process.empty() || (phase == service_phase::unknown && word != "UNKNOWN"))
            continue;
        const std::string group(process.substr(0, process.find(':')));
        const auto [place, first] = all.try_emplace(group);
        service_state& seen = place->second;
        if (first || weight(phase) > weight(seen.phase)) {
            seen.phase = phase;
            seen.detail = std::string(word) + (rest.empty() || pid_in(rest) ? "" : ' ' + std::string(rest));
        }
        if (const std::optional<pid_t> pid = pid_in(rest))
            seen.pids.push_back(*pid);
    }
    return all;
}

task<result<std::string>> supervisorctl::ask(std::vector<std::string> arguments, milliseconds limit)
{
    command what{.deadline = limit};
    what.arguments.push_back(with_.program.string());
    if (with_.config_file)
        what.arguments.insert(what.arguments.end(), {"-c", with_.config_file->string()});
    if (with_.server_url)
        what.arguments.insert(what.arguments.end(), {"-s", *with_.server_url});
    what.arguments.insert(what.arguments.end(), arguments.begin(), arguments.end());
    const std::string line = what.str();
    const result<outcome> seen = co_await run(std::move(what));
    if (!seen)
        co_return seen.error();
    const error refused(seen->timed_out ? errc::unavailable : errc::failed, line + ": " + seen->describe());

    constexpr int some_not_running = 3; // of a listing that is complete nevertheless
    if (arguments[0] == "status" && seen->exit_code == some_not_running && seen->signal == 0)
        co_return seen->out;
    if (says(*seen, "ERROR (no such group)") || says(*seen, "ERROR (no such process)") ||
        says(*seen, "ERROR: no such group"))
        co_return error(errc::not_found, line + ": supervisord does not know it");
    if (says(*seen, "ERROR (already started)") || says(*seen, "ERROR (not running)"))
        co_return seen->out;
    if (says(*seen, "CANT_REREAD"))
        co_return error(errc::invalid, line + ": " + seen->describe());
    if (!seen->succeeded() || says(*seen, "ERROR"))
        co_return refused;
    co_return seen->out;
}

task<result<void>> supervisorctl::check(std::filesystem::path /*definition*/)
{
    // A file can only be tried where it is included from. But whether somebody else's is broken shows beforehand, when
    // nothing is stopped yet; reread by itself changes nothing.
    const result<std::string> read = co_await ask({"reread"}, with_.query_limit);
    if (!read)
        co_return read.error().within("supervisord's configuration is broken already");
    co_return result<void>();
}

task<result<void>> supervisorctl::load(std::string name)
{
    const result<std::string> read = co_await ask({"reread"}, with_.query_limit);
    if (!read)
        co_return read.error();
    const result<std::string> updated = co_await ask({"update", name}, with_.change_limit);
    if (!updated && updated.error().code() != errc::not_found)
        co_return updated.error();
    co_return result<void>();
}

task<result<void>> supervisorctl::enable(std::string /*name*/)
{
    co_return result<void>();
}

task<result<void>> supervisorctl::disable(std::string /*name*/)
{
    co_return result<void>();
}

task<result<void>> supervisorctl::start(std::string name)
{
    const result<std::string> started = co_await ask({"start", name + ":*"}, with_.change_limit);
    if (!started)
        co_return started.error();
    co_return result<void>();
}

task<result<void>> supervisorctl::stop(std::string name)
{
    const result<std::string> stopped = co_await ask({"stop", name + ":*"}, with_.change_limit);
    if (!stopped && stopped.error().code() != errc::not_found)
        co_return stopped.error();
    co_return result<void>();
}

task<result<service_state>> supervisorctl::state(std::string name)
{
    const result<std::map<std::string, service_state>> all = co_await states(name);
    if (!all)
        co_return all.error();
    const auto place = all->find(name);
    if (place == all->end())
        co_return service_state{.detail = "unknown to supervisord"};
    co_return place->second;
}

task<result<std::map<std::string, service_state>>> supervisorctl::states(std::string prefix)
{
    const result<std::string> listing = co_await ask({"status"}, with_.query_limit);
    if (!listing)
        co_return listing.error();
    std::map<std::string, service_state> all = parse_supervisor_status(*listing);
    std::erase_if(all, [&](const auto& each) { return !each.first.starts_with(prefix); });
    co_return all;
}

} // namespace fleetman::host
