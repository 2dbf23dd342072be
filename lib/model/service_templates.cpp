#include <fleetman/core/text.hpp>
#include <fleetman/model/service_templates.hpp>

#include <algorithm>

namespace fleetman::model {
namespace {

constexpr std::string_view unit_head = R"([Unit]
Description=Fleetman cell {{ fleetagent_cell_id }}
Wants=network-online.target
After=network-online.target

[Service]
Type=simple
)";

constexpr std::string_view unit_body = R"(WorkingDirectory={{ fleetagent_service_working_dir }}
ExecStart={{ fleetagent_service_working_dir }}/run.sh
Restart=always
RestartSec=2
KillMode=control-group
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

result<std::string> default_app_service(const manifest& of, const std::optional<resource_profile>& limits)
{
    std::string unit(unit_head);
    unit += "User=" + of.service_owner + '\n';
    unit += "Group=" + of.service_group + '\n';
    unit += unit_body;
    if (limits) {
        const result<std::string> lines = unit_limits(*limits);
        if (!lines)
            return lines.error();
        unit += *lines;
    }
    unit += unit_tail;
    return unit;
}

std::string default_run_script()
{
    return R"(#!/bin/sh
# Started by the service manager in the service folder. `exec` keeps the process that it watches and stops.
set -eu
exec ./bin/server
)";
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
