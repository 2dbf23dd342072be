#include <fleetman/core/text.hpp>
#include <fleetman/host/systemctl.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/json/parse.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace fleetman::host {
namespace {

constexpr std::string_view suffix = ".service";
constexpr std::chrono::minutes shown_anew{10};
constexpr const char* wanted_properties =
    "LoadState,ActiveState,SubState,Result,Type,NRestarts,MainPID,ExecMainStatus,TimeoutStartUSec,"
    "ExecMainStartTimestampMonotonic,ConditionResult,ConditionTimestampMonotonic,AssertResult,"
    "AssertTimestampMonotonic,Job,UnitFileState";

std::string unit(const std::string& name)
{
    return name + std::string(suffix);
}

std::string value_of(const std::map<std::string, std::string>& properties, const char* key)
{
    const auto place = properties.find(key);
    return place == properties.end() ? std::string() : place->second;
}

service_phase phase_of(std::string_view active, std::string_view sub)
{
    if (active == "active" || active == "reloading")
        return service_phase::running;
    if (active == "activating") // auto-restart: it has just crashed and waits for its next try
        return sub.starts_with("auto-restart") ? service_phase::failed : service_phase::starting;
    if (active == "deactivating")
        return service_phase::stopping;
    if (active == "failed")
        return service_phase::failed;
    return service_phase::stopped;
}

// Of CLOCK_MONOTONIC, which is what steady_clock reads on Linux.
std::chrono::steady_clock::time_point started_at(const std::map<std::string, std::string>& properties)
{
    const auto stamp = parse_integer<std::int64_t>(value_of(properties, "ExecMainStartTimestampMonotonic"));
    return std::chrono::steady_clock::time_point(std::chrono::microseconds(stamp.value_or(0)));
}

struct span_unit
{
    std::string_view name;
    double milliseconds;
};
constexpr span_unit span_units[] = {{"us", 1e-3}, {"ms", 1}, {"s", 1e3}, {"min", 6e4}, {"h", 3.6e6}, {"d", 8.64e7},
    {"w", 6.048e8}, {"month", 2.629'8e9}, {"y", 3.155'76e10}};

std::optional<double> milliseconds_in(std::string_view unit)
{
    for (const span_unit& each : span_units)
        if (each.name == unit)
            return each.milliseconds;
    return unit.empty() ? std::optional(span_units[0].milliseconds) : std::nullopt; // "0"
}

// A static unit has no [Install] section: nothing would change for it (systemctl(1), "is-enabled").
std::optional<bool> is_enabled(std::string_view unit_file_state)
{
    if (unit_file_state.empty())
        return std::nullopt;
    return unit_file_state == "enabled" || unit_file_state == "static";
}

std::string describe(std::string_view active, std::string_view sub)
{
    return std::string(active) + " (" + std::string(sub) + ')';
}

// Lines of systemd-analyze begin with the file that they speak of, or name it; the rest is about other units.
// systemd says of these that the unit works without what the line is about, as it does for any other unit.
bool is_remark(const std::string& line)
{
    const std::string lower = lower_case(line);
    constexpr std::array<std::string_view, 4> words{"ignoring", "obsolete", "deprecated", "this is not safe"};
    return std::any_of(
        words.begin(), words.end(), [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string complaints_about(std::string_view text, const std::string& file_name)
{
    std::string found;
    for (const std::string& line : split(text, '\n'))
        if (line.find(file_name) != std::string::npos && !is_remark(line))
            found.append(found.empty() ? "" : "; ").append(trimmed(line));
    return found;
}

// Without a bus, or with one that ended on the way (errno's words, as systemctl prints them); and of a system that goes
// down, which starts nothing any more.
constexpr std::array<std::string_view, 11> no_systemd_words{"Failed to connect to bus", "not been booted with systemd",
    "Transport endpoint is not connected", "Connection refused", "Connection reset by peer", "Connection timed out",
    "Broken pipe", "Remote peer disconnected", "Message recipient disconnected", "Connection terminated",
    "is destructive"};

} // namespace

bool says_no_systemd(std::string_view words)
{
    return std::any_of(no_systemd_words.begin(), no_systemd_words.end(),
        [&](std::string_view each) { return words.find(each) != std::string_view::npos; });
}

std::map<std::string, std::string> parse_properties(std::string_view shown)
{
    std::map<std::string, std::string> all;
    for (const std::string& line : split(shown, '\n'))
        if (const std::size_t equals = line.find('='); equals != std::string::npos)
            all[line.substr(0, equals)] = std::string(trimmed(std::string_view(line).substr(equals + 1)));
    return all;
}

std::map<std::string, std::map<std::string, std::string>> parse_units_shown(std::string_view shown)
{
    std::map<std::string, std::map<std::string, std::string>> all;
    while (!shown.empty()) {
        const std::size_t end = std::min(shown.find("\n\n"), shown.size());
        std::map<std::string, std::string> one = parse_properties(shown.substr(0, end));
        shown.remove_prefix(std::min(end + 2, shown.size()));
        std::string name = value_of(one, "Id");
        if (!name.ends_with(suffix))
            continue;
        name.resize(name.size() - suffix.size());
        all.insert_or_assign(std::move(name), std::move(one));
    }
    return all;
}

std::optional<milliseconds> parse_time_span(std::string_view text)
{
    if (trimmed(text) == "infinity")
        return no_start_limit;
    std::optional<double> total;
    for (const std::string& word : split(trimmed(text), ' ')) {
        const std::size_t digits = std::min(word.find_first_not_of("0123456789."), word.size());
        double number{};
        const auto [last, failure] = std::from_chars(word.data(), word.data() + digits, number);
        const std::optional<double> unit = milliseconds_in(std::string_view(word).substr(digits));
        if (failure != std::errc() || last != word.data() + digits || !unit)
            return std::nullopt;
        total = total.value_or(0) + number * *unit;
    }
    constexpr double longest = 1e15; // tens of thousands of years
    if (!total || *total > longest)
        return total ? std::optional(no_start_limit) : std::nullopt;
    return milliseconds(static_cast<milliseconds::rep>(std::ceil(*total)));
}

service_state state_from_properties(
    const std::map<std::string, std::string>& properties, std::chrono::steady_clock::time_point ordered)
{
    const std::string active = value_of(properties, "ActiveState");
    const std::string sub = value_of(properties, "SubState");
    const std::string outcome = value_of(properties, "Result");
    service_state seen{.phase = phase_of(active, sub), .detail = describe(active, sub)};
    seen.restarts = parse_integer<std::uint64_t>(value_of(properties, "NRestarts")).value_or(0);
    if (const pid_t pid = parse_integer<pid_t>(value_of(properties, "MainPID")).value_or(0); pid != 0)
        seen.pids.push_back(pid);
    seen.start_limit = parse_time_span(value_of(properties, "TimeoutStartUSec"));
    seen.enabled = is_enabled(value_of(properties, "UnitFileState"));

    const auto happened = [&](const char* key) {
        return value_of(properties, key).find_first_not_of('0') != std::string::npos;
    };
    if (seen.phase == service_phase::failed) {
        seen.detail += ", " + outcome + ", status " + value_of(properties, "ExecMainStatus");
    } else if (seen.phase == service_phase::stopping && !outcome.empty() && outcome != "success") {
        seen.detail += ", " + outcome; // nobody's order: a start that took too long, a watchdog
    } else if (seen.phase == service_phase::stopped) {
        if (value_of(properties, "LoadState") == "not-found")
            return {.phase = service_phase::unknown, .detail = "no such unit"};
        if (happened("Job")) { // its start waits for other units
            seen.phase = service_phase::starting;
        } else if (happened("ConditionTimestampMonotonic") && value_of(properties, "ConditionResult") == "no") {
            seen.phase = service_phase::failed;
            seen.detail += ", a Condition…= of the unit does not hold";
        } else if (happened("AssertTimestampMonotonic") && value_of(properties, "AssertResult") == "no") {
            seen.phase = service_phase::failed;
            seen.detail += ", an Assert…= of the unit does not hold";
        } else if (value_of(properties, "Type") == "oneshot" && outcome == "success" &&
                   happened("ExecMainStartTimestampMonotonic")) {
            if (started_at(properties) >= ordered)
                seen.phase = service_phase::finished;
            else
                seen.detail += ", it was not started: a unit that it needs may have failed";
        }
    }
    return seen;
}

result<std::map<std::string, service_state>> parse_unit_list(std::string_view json)
{
    boost::system::error_code failure;
    const boost::json::value document = boost::json::parse(json, failure);
    const boost::json::array* units = failure ? nullptr : document.if_array();
    if (units == nullptr)
        return error(errc::invalid, "systemctl list-units: not a JSON array");
    std::map<std::string, service_state> all;
    for (const boost::json::value& each : *units) {
        const auto text = [&](std::string_view key) -> std::string {
            const boost::json::object* entry = each.if_object();
            const boost::json::value* found = entry == nullptr ? nullptr : entry->if_contains(key);
            return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
        };
        std::string name = text("unit");
        if (!name.ends_with(suffix))
            continue;
        name.resize(name.size() - suffix.size());
        if (text("load") == "not-found")
            continue; // listed because another unit refers to it
        all[name] = {.phase = phase_of(text("active"), text("sub")), .detail = describe(text("active"), text("sub"))};
    }
    return all;
}

// Whatever came of it, unless systemd could not be asked at all.
task<result<outcome>> systemctl::call(std::vector<std::string> arguments, milliseconds limit)
{
    arguments.insert(arguments.begin(), with_.program.string());
    command what{.arguments = std::move(arguments), .deadline = limit};
    const std::string line = what.str();
    result<outcome> seen = co_await run(std::move(what));
    if (!seen && seen.error().code() != errc::cancelled) // no systemctl
        co_return error(errc::unavailable, "systemd cannot be asked: " + seen.error().message());
    if (seen && !seen->succeeded() && !seen->timed_out && says_no_systemd(seen->err))
        co_return error(errc::unavailable, "systemd does not answer: " + line + ": " + seen->describe());
    co_return seen;
}

task<result<std::string>> systemctl::ask(std::vector<std::string> arguments, milliseconds limit)
{
    const std::string line = with_.program.string() + ' ' + arguments.front() + ' ' + arguments.back();
    result<outcome> seen = co_await call(std::move(arguments), limit);
    if (!seen)
        co_return seen.error();
    if (!seen->succeeded())
        co_return error(seen->timed_out ? errc::unavailable : errc::failed, line + ": " + seen->describe());
    co_return std::move(seen->out);
}

task<bool> systemctl::is_going_down()
{
    const result<outcome> seen = co_await call({"is-system-running"}, with_.query_limit);
    co_return seen&& trimmed(seen->out) == "stopping";
}

task<result<void>> systemctl::check(std::filesystem::path definition)
{
    if (::access(with_.analyze.c_str(), X_OK) != 0)
        co_return result<void>();
    command what{
        .arguments = {with_.analyze.string(), "verify", "--recursive-errors=no", "--man=no", definition.string()},
        .deadline = with_.query_limit};
    const result<outcome> seen = co_await run(std::move(what));
    if (!seen)
        co_return seen.error();
    if (seen->timed_out) // which says nothing about the unit
        co_return error(errc::unavailable, with_.analyze.string() + " verify: " + seen->describe());
    const std::string complaints = complaints_about(seen->err, definition.filename().string());
    if (!complaints.empty())
        co_return error(errc::invalid, "systemd does not accept the unit: " + complaints);
    co_return result<void>();
}

task<result<void>> systemctl::load(std::string /*name*/)
{
    const result<std::string> done = co_await ask({"daemon-reload"}, with_.change_limit);
    if (!done)
        co_return done.error();
    co_return result<void>();
}

task<result<void>> systemctl::enable(std::string name)
{
    const result<std::string> done = co_await ask({"enable", "--no-reload", "--quiet", unit(name)}, with_.query_limit);
    if (!done)
        co_return done.error();
    co_return result<void>();
}

task<result<void>> systemctl::disable(std::string name)
{
    const result<std::string> done = co_await ask({"disable", "--quiet", unit(name)}, with_.query_limit);
    if (!done)
        co_return done.error();
    co_return result<void>();
}

// Without it a unit that hit its start limit refuses to start; of one that has not failed it is a no-op.
task<result<std::string>> systemctl::reset(std::string name)
{
    return ask({"reset-failed", unit(name)}, with_.query_limit);
}

task<result<void>> systemctl::start(std::string name)
{
    if (reset_.erase(name) == 0)
        (void)co_await reset(name);
    ordered_[name] = std::chrono::steady_clock::now();
    const result<std::string> done = co_await ask({"start", "--no-block", unit(name)}, with_.query_limit);
    if (!done)
        co_return done.error();
    co_return result<void>();
}

// What the next start needs is done meanwhile, for each command takes time in which the service is down.
task<result<void>> systemctl::stop(std::string name)
{
    using namespace boost::asio::experimental::awaitable_operators;
    const auto [seen, tried] = co_await (call({"stop", unit(name)}, with_.change_limit) && reset(name));
    (void)tried; // what hangs now would hang the start too
    reset_.insert(name);
    if (!seen)
        co_return seen.error();
    constexpr int not_loaded = 5;
    if (seen->succeeded() || (seen->exit_code == not_loaded && seen->signal == 0 && !seen->timed_out))
        co_return result<void>();
    // Is it the unit that does not end, or systemd that does not answer?
    const bool hangs = seen->timed_out && !(co_await state(name)).has_value();
    co_return error(hangs ? errc::unavailable : errc::failed,
        with_.program.string() + " stop " + unit(name) + ": " + seen->describe());
}

task<result<service_state>> systemctl::state(std::string name)
{
    const result<std::string> shown =
        co_await ask({"show", "--property", wanted_properties, unit(name)}, with_.query_limit);
    if (!shown)
        co_return shown.error();
    const auto ordered = ordered_.find(name);
    service_state seen = state_from_properties(parse_properties(*shown),
        ordered == ordered_.end() ? std::chrono::steady_clock::time_point() : ordered->second);
    const bool down = seen.phase == service_phase::stopped || seen.phase == service_phase::stopping ||
                      seen.phase == service_phase::failed;
    if (down && co_await is_going_down())
        co_return error(errc::unavailable, "the system is going down, and " + unit(name) + " with it");
    co_return seen;
}

task<result<std::map<std::string, service_state>>> systemctl::states(std::string prefix)
{
    const result<std::string> listing =
        co_await ask({"list-units", "--all", "--output=json", "--type=service", prefix + '*'}, with_.query_limit);
    if (!listing)
        co_return listing.error();
    auto all = parse_unit_list(*listing);
    if (all)
        co_await add_restarts(*all);
    co_return all;
}

task<void> systemctl::add_restarts(std::map<std::string, service_state>& listed)
{
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(shown_, [&](const auto& known) { return !listed.contains(known.first); });
    std::vector<std::string> question{"show", "--property", "Id,NRestarts"};
    const std::size_t empty = question.size();
    for (const auto& [name, state] : listed) {
        const auto known = shown_.find(name);
        if (known == shown_.end() || known->second.detail != state.detail || now - known->second.at > shown_anew)
            question.push_back(unit(name));
    }
    if (question.size() > empty) {
        const result<std::string> answer = co_await ask(std::move(question), with_.query_limit);
        for (const auto& [name, properties] : answer ? parse_units_shown(*answer) : decltype(parse_units_shown(""))())
            if (const auto state = listed.find(name); state != listed.end())
                shown_[name] = {state->second.detail,
                    parse_integer<std::uint64_t>(value_of(properties, "NRestarts")).value_or(0), now};
    }
    for (auto& [name, state] : listed)
        if (const auto known = shown_.find(name); known != shown_.end())
            state.restarts = known->second.restarts;
}

} // namespace fleetman::host
