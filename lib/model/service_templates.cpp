#include <fleetman/core/text.hpp>
#include <fleetman/model/service_templates.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace fleetman::model {
namespace {

constexpr std::string_view unit_body = R"(WorkingDirectory={{ fleetagent_service_working_dir }}
ExecStart={{ fleetagent_service_working_dir }}/run.sh
)";

constexpr std::string_view unit_output = R"(KillMode=control-group
StandardOutput=append:{{ fleetagent_service_working_dir }}/logs/stdout.log
StandardError=append:{{ fleetagent_service_working_dir }}/logs/stderr.log
)";

constexpr std::string_view unit_tail = R"(
[Install]
WantedBy=multi-user.target
)";

constexpr std::string_view supervisor_program = R"([program:${service_name}]
command="${working_directory}/run.sh"
directory=${working_directory}
user=${user}
autostart=true
autorestart=true
startsecs=1
stopasgroup=true
killasgroup=true
stdout_logfile=${working_directory}/logs/stdout.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
stderr_logfile=${working_directory}/logs/stderr.log
stderr_logfile_maxbytes=10MB
stderr_logfile_backups=3
)";

// The key of an assignment line of a unit file, without the blanks that systemd.syntax(7) allows around it; empty for
// comments, section headers and blank lines.
std::string_view key_of(std::string_view line)
{
    const std::string_view text = trimmed(line);
    const std::size_t equals = text.find('=');
    if (text.empty() || text.front() == '#' || text.front() == ';' || text.front() == '[' ||
        equals == std::string_view::npos)
        return {};
    return trimmed(text.substr(0, equals));
}

bool is_comment(std::string_view line)
{
    const std::string_view text = trimmed(line);
    return !text.empty() && (text.front() == '#' || text.front() == ';');
}

bool is_continued(std::string_view line)
{
    return !line.empty() && line.back() == '\\';
}

} // namespace

namespace {

constexpr std::size_t value_max_bytes = 1024;

bool is_between(std::string_view text, std::uint32_t least, std::uint32_t most)
{
    const auto number = parse_integer<std::uint32_t>(text);
    return number && *number >= least && *number <= most;
}

// A line of a unit or script, which must stay one: no control character, no continuation.
std::string why_not_a_line(std::string_view text)
{
    if (text.empty() || text.size() > value_max_bytes)
        return "must have 1 to " + std::to_string(value_max_bytes) + " bytes";
    if (!is_utf8(text) || has_control_character(text) || text.ends_with('\\'))
        return "must be one line of UTF-8 that does not end with a backslash";
    return {};
}

std::string why_not(std::string_view name, std::string_view value)
{
    if (std::string why = why_not_a_line(value); !why.empty())
        return why;
    if (name == "restart" && value != "always" && value != "on-failure" && value != "no")
        return "must be always, on-failure or no";
    if (name == "restart_sec" && !is_between(value, 0, 3600))
        return "must be 0 to 3600 seconds";
    if (name == "stop_timeout_sec" && !is_between(value, 1, 3600))
        return "must be 1 to 3600 seconds";
    if (name == "limit_nofile" && !is_between(value, 1, 1'048'576))
        return "must be 1 to 1048576";
    return {};
}

result<void> check_variables(
    const template_variables& set, std::initializer_list<std::string_view> known, std::string_view file)
{
    std::vector<field_error> problems;
    for (const auto& [name, value] : set) {
        const bool is_known = std::ranges::find(known, name) != known.end();
        std::string why = is_known ? why_not(name, value) : "is no variable of " + std::string(file);
        if (!why.empty())
            problems.push_back({"variables." + (is_known ? name : in_quotes(name)), std::move(why)});
    }
    if (problems.empty())
        return {};
    return error::violations("the variables are not right", std::move(problems));
}

std::string value_of(const template_variables& set, std::string_view name, std::string_view otherwise)
{
    const auto place = set.find(name);
    return std::string(place == set.end() ? otherwise : std::string_view(place->second));
}

// "Name=value"; nothing when it is not set.
std::string optional_line(const template_variables& set, std::string_view name, std::string_view directive)
{
    const auto place = set.find(name);
    return place == set.end() ? std::string() : std::string(directive) + '=' + place->second + '\n';
}

// As text: systemd.unit(5) has "%" begin a specifier.
std::string without_specifiers(std::string_view text)
{
    std::string escaped;
    for (const char c : text)
        escaped.append(c == '%' ? 2 : 1, c);
    return escaped;
}

} // namespace

result<std::string> default_app_service(
    const manifest& of, const std::optional<resource_profile>& limits, const template_variables& set)
{
    const auto checked = check_variables(
        set, {"description", "after", "restart", "restart_sec", "stop_timeout_sec", "limit_nofile"}, "app.service");
    if (!checked)
        return checked.error();
    const std::string after = without_specifiers(value_of(set, "after", "network-online.target"));
    std::string unit = "[Unit]\nDescription=";
    unit += without_specifiers(value_of(set, "description", "Fleetman cell {{ fleetagent_cell_id }}"));
    unit += "\nWants=" + after + "\nAfter=" + after + "\n\n[Service]\nType=simple\n";
    unit += "User=" + of.service_owner + '\n';
    unit += "Group=" + of.service_group + '\n';
    unit += unit_body;
    unit += "Restart=" + value_of(set, "restart", "always") + '\n';
    unit += "RestartSec=" + value_of(set, "restart_sec", "2") + '\n';
    unit += unit_output;
    unit += optional_line(set, "stop_timeout_sec", "TimeoutStopSec");
    unit += optional_line(set, "limit_nofile", "LimitNOFILE");
    if (limits) {
        const result<std::string> lines = unit_limits(*limits);
        if (!lines)
            return lines.error();
        unit += *lines;
    }
    unit += unit_tail;
    return unit;
}

result<std::string> default_run_script(const template_variables& set)
{
    const auto checked = check_variables(set, {"command"}, "run.sh");
    if (!checked)
        return checked.error();
    std::string script = R"(#!/bin/sh
# Started by the service manager in the service folder. `exec` keeps the process that it watches and stops.
set -eu
)";
    script += "exec " + value_of(set, "command", "./bin/server") + '\n';
    return script;
}

std::string_view default_supervisor_program()
{
    return supervisor_program;
}

std::string with_service_account(std::string_view unit, std::string_view owner, std::string_view group)
{
    std::string edited;
    bool in_service = false;
    bool continues = false; // the line before ended with "\", so this one is no assignment of its own
    while (!unit.empty()) {
        const std::size_t end = std::min(unit.find('\n'), unit.size());
        const std::string_view line = unit.substr(0, end);
        const std::string_view line_end = unit.substr(end, 1);
        unit.remove_prefix(end + line_end.size());
        const std::string_view text = trimmed(line);
        if (!continues && !text.empty() && text.front() == '[')
            in_service = text == "[Service]";
        const std::string_view key = in_service && !continues ? key_of(line) : std::string_view();
        if (key == "User" || key == "Group")
            edited.append(key).append("=").append(key == "User" ? owner : group);
        else
            edited += line;
        edited += line_end;
        // Comment lines inside a continued value are skipped, and do not end it (systemd.syntax(7)).
        continues = is_comment(line) ? continues : is_continued(line);
    }
    return edited;
}

} // namespace fleetman::model
