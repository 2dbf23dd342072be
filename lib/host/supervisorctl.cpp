#include <fleetman/core/text.hpp>
#include <fleetman/host/process.hpp>
#include <fleetman/host/supervisorctl.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::host {
namespace {

// supervisord logs a few lines for each start and end of any of its programs.
constexpr const char* judged_log_bytes = "-65536";

bool says(const outcome& seen, std::string_view words)
{
    return seen.out.find(words) != std::string::npos || seen.err.find(words) != std::string::npos;
}

} // namespace

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
    if (!seen && seen.error().code() != errc::cancelled) // no supervisorctl
        co_return error(errc::unavailable, "supervisord cannot be asked: " + seen.error().message());
    if (!seen)
        co_return seen.error();
    if (!seen->succeeded() && (says_no_supervisord(seen->out) || says_no_supervisord(seen->err)))
        co_return error(errc::unavailable, "supervisord does not answer: " + line + ": " + seen->describe());
    // Past its deadline: a program that takes too long, unless supervisord does not answer anything else either.
    const bool only_reads = arguments[0] == "status" || arguments[0] == "reread"; // and waits for no program
    const bool hangs = seen->timed_out && (only_reads || !(co_await ask({"status"}, with_.query_limit)));
    const error refused(hangs ? errc::unavailable : errc::failed, line + ": " + seen->describe());

    constexpr int some_not_running = 3; // of a listing that is complete nevertheless
    if (arguments[0] == "status" && seen->exit_code == some_not_running && seen->signal == 0)
        co_return seen->out;
    if (says(*seen, "ERROR (no such group)") || says(*seen, "ERROR (no such process)") ||
        says(*seen, "ERROR: no such group"))
        co_return error(errc::not_found, line + ": supervisord does not know it");
    // It ended before it was looked at: what its state then says is for who watches it, and may be a good end.
    const bool over_already = arguments[0] == "start" && says(*seen, "ERROR (abnormal termination)");
    if (over_already || says(*seen, "ERROR (already started)") || says(*seen, "ERROR (not running)"))
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

// Among the processes of one group, those that ended but should not have.
task<void> supervisorctl::judge_ends(std::vector<supervisor_process>& group)
{
    const auto ended = [](const supervisor_process& each) { return each.phase == service_phase::finished; };
    if (std::none_of(group.begin(), group.end(), ended))
        co_return;
    const result<std::string> log = co_await ask({"maintail", judged_log_bytes}, with_.query_limit);
    for (supervisor_process& each : group) {
        if (!ended(each))
            continue;
        if (!log)
            each.detail += "; with which exit code could not be read: " + log.error().message();
        else if (std::optional<std::string> words = unexpected_end(*log, each.name, each.detail)) {
            each.phase = service_phase::failed;
            each.detail = *std::move(words);
        }
    }
}

task<result<service_state>> supervisorctl::state(std::string name)
{
    const result<std::string> listing = co_await ask({"status"}, with_.query_limit);
    if (!listing)
        co_return listing.error();
    std::vector<supervisor_process> group = parse_supervisor_listing(*listing);
    std::erase_if(group, [&](const auto& each) { return each.group != name; });
    if (group.empty())
        co_return service_state{.detail = "unknown to supervisord"};
    co_await judge_ends(group);
    co_return states_by_group(group).at(name);
}

task<result<std::map<std::string, service_state>>> supervisorctl::states(std::string prefix)
{
    const result<std::string> listing = co_await ask({"status"}, with_.query_limit);
    if (!listing)
        co_return listing.error();
    std::map<std::string, service_state> all = states_by_group(parse_supervisor_listing(*listing));
    std::erase_if(all, [&](const auto& each) { return !each.first.starts_with(prefix); });
    co_return all;
}

} // namespace fleetman::host
