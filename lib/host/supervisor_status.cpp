#include <fleetman/core/text.hpp>
#include <fleetman/host/supervisor_status.hpp>

#include <algorithm>
#include <array>

namespace fleetman::host {
namespace {

struct phase_word
{
    std::string_view word;
    service_phase phase;
};
// BACKOFF: it ended before startsecs and is tried again.
constexpr phase_word phase_words[] = {{"RUNNING", service_phase::running}, {"STARTING", service_phase::starting},
    {"STOPPING", service_phase::stopping}, {"STOPPED", service_phase::stopped}, {"EXITED", service_phase::finished},
    {"BACKOFF", service_phase::failed}, {"FATAL", service_phase::failed}, {"UNKNOWN", service_phase::unknown}};

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

// The stamp of a log line, "2026-11-24 02:22:05,123", as a listing has it: "Nov 24 02:22 AM".
std::string minute_of(std::string_view line)
{
    constexpr std::string_view months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::size_t stamp_size = 16;
    if (line.size() < stamp_size)
        return {};
    const auto month = parse_integer<unsigned>(line.substr(5, 2));
    const auto hour = parse_integer<unsigned>(line.substr(11, 2));
    if (!month || *month < 1 || *month > std::size(months) || !hour || *hour > 23)
        return {};
    const unsigned shown = *hour % 12 == 0 ? 12 : *hour % 12;
    std::string minute(months[*month - 1]);
    minute.append(" ").append(line.substr(8, 2)).append(shown < 10 ? " 0" : " ").append(std::to_string(shown));
    return minute.append(line.substr(13, 3)).append(*hour < 12 ? " AM" : " PM");
}

} // namespace

std::optional<service_phase> supervisor_phase(std::string_view word)
{
    for (const phase_word& each : phase_words)
        if (each.word == word)
            return each.phase;
    return std::nullopt;
}

std::vector<supervisor_process> parse_supervisor_listing(std::string_view listing)
{
    std::vector<supervisor_process> all;
    for (const std::string& line : split(listing, '\n')) {
        std::string_view rest = line;
        const std::string_view process = next_word(rest);
        const std::string_view word = next_word(rest);
        const std::optional<service_phase> phase = supervisor_phase(word);
        if (process.empty() || !phase)
            continue;
        const std::size_t colon = process.find(':');
        supervisor_process seen{.group = std::string(process.substr(0, colon)),
            .name = std::string(colon == std::string_view::npos ? process : process.substr(colon + 1)),
            .phase = *phase,
            .word = std::string(word),
            .pid = pid_in(rest)};
        if (!seen.pid)
            seen.detail = rest;
        all.push_back(std::move(seen));
    }
    return all;
}

std::map<std::string, service_state> states_by_group(const std::vector<supervisor_process>& processes)
{
    std::map<std::string, service_state> all;
    for (const supervisor_process& process : processes) {
        const auto [place, first] = all.try_emplace(process.group);
        service_state& seen = place->second;
        if (first || weight(process.phase) > weight(seen.phase)) {
            seen.phase = process.phase;
            seen.detail = process.word + (process.detail.empty() ? "" : ' ' + process.detail);
        }
        if (process.pid)
            seen.pids.push_back(*process.pid);
    }
    return all;
}

std::optional<std::string> unexpected_end(std::string_view log, std::string_view process, std::string_view ended_at)
{
    const std::string what = " exited: " + std::string(process) + " (";
    const std::size_t found = log.rfind(what);
    if (found == std::string_view::npos)
        return std::nullopt;
    const std::size_t line_start = log.rfind('\n', found) + 1; // npos + 1 is 0
    std::string_view words = log.substr(found + what.size());
    words = words.substr(0, words.find('\n'));
    words = words.substr(0, words.rfind(')'));
    if (minute_of(log.substr(line_start, found - line_start)) != ended_at || !words.ends_with("; not expected"))
        return std::nullopt;
    return std::string(words);
}

bool says_no_supervisord(std::string_view words)
{
    // "unix:///run/s.sock no such file", where "fleetman-api: ERROR (no such file)" is about a program.
    const std::string_view all = trimmed(words);
    if (all.ends_with(" no such file") || all.ends_with(" refused connection"))
        return true;
    constexpr std::array<std::string_view, 8> others{"SHUTDOWN_STATE", "ERROR: supervisor shutting down",
        "ERROR: already shutting down", "error: <class 'FileNotFoundError'>", "error: <class 'ConnectionRefusedError'>",
        "error: <class 'ConnectionResetError'>", "error: <class 'BrokenPipeError'>",
        "error: <class 'http.client.RemoteDisconnected'>"};
    return std::any_of(
        others.begin(), others.end(), [&](std::string_view each) { return all.find(each) != std::string_view::npos; });
}

} // namespace fleetman::host
