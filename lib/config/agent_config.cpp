#include "sections.hpp"

#include <fleetman/config/agent_config.hpp>
#include <fleetman/core/text.hpp>

namespace fleetman::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr milliseconds longest_interval = hours(24 * 7);
constexpr milliseconds longest_verify_window = hours(1);
constexpr std::int64_t most_releases = 1000;
constexpr std::int64_t most_parallel = 256;
constexpr std::int64_t most_bytes = std::int64_t{1} << 60;
constexpr std::int64_t most_days = 36'500;

result<log_rotation> parse_rotation(std::string_view text)
{
    const std::string word = lower_case(text);
    if (word == "daily")
        return log_rotation::daily;
    if (word == "hourly")
        return log_rotation::hourly;
    if (word == "never")
        return log_rotation::never;
    return error(errc::invalid, "must be daily, hourly or never; found " + in_quotes(text));
}

// What of `global` has a value only when the file is sound.
struct identity
{
    std::optional<model::node_id> node;
    std::optional<milliseconds> check_interval;
};

identity read_identity(yaml_fields& fields)
{
    identity read;
    read.node = fields.parsed("node_id", need::required, model::node_id::load);
    read.check_interval =
        fields.nearest_duration_ms("check_interval_ms", milliseconds(1), longest_interval, need::required);
    return read;
}

void read_folders(yaml_fields& fields, agent_config& into)
{
    std::error_code ignored; // a working directory that is gone: the paths stay relative, and their first use fails
    into.base_dir = std::filesystem::absolute(fields.file("base_dir", need::optional).value_or("."), ignored);
    into.base_dir = into.base_dir.lexically_normal();
    if (into.base_dir.has_relative_path() && !into.base_dir.has_filename())
        into.base_dir = into.base_dir.parent_path();
    const auto state = fields.file("state_directory", need::optional);
    into.state_directory = state ? std::filesystem::absolute(*state, ignored) : into.base_dir / ".fleetagent";
}

void read_global(yaml_fields& fields, agent_config& into)
{
    const auto interval = [&](std::string_view key, milliseconds least, milliseconds& field) {
        field = fields.duration_ms(key, least, longest_interval, need::optional).value_or(field);
    };
    const auto number = [&](std::string_view key, std::int64_t least, std::int64_t most, std::size_t& field) {
        if (const auto found = fields.integer(key, least, most, need::optional))
            field = static_cast<std::size_t>(*found);
    };
    into.log_directory = fields.file("log_directory", need::optional);
    // An empty one, which the original takes, would leave nothing to tell the files by.
    if (std::optional<std::string> prefix = fields.text("log_file_prefix", need::optional); prefix && !prefix->empty())
        into.log_file_prefix = *std::move(prefix);
    if (into.log_file_prefix.find('/') != std::string::npos)
        fields.fail("log_file_prefix", "must be part of a file's name, without \"/\"");
    into.log_rotation = fields.parsed("log_rotation", need::optional, parse_rotation).value_or(into.log_rotation);
    if (const auto days = fields.integer("log_keep_days", 1, most_days, need::optional))
        into.log_retention = std::chrono::days(*days);
    into.retry = read_retry(fields);
    into.rollback_on_failure = fields.boolean("rollback_on_failure", need::optional).value_or(into.rollback_on_failure);
    into.allow_setuid = fields.boolean("allow_setuid", need::optional).value_or(into.allow_setuid);
    read_folders(fields, into);
    into.verify_window = fields.duration_ms("verify_window_ms", milliseconds(0), longest_verify_window, need::optional)
                             .value_or(into.verify_window);
    number("keep_releases", 1, most_releases, into.keep_releases);
    if (const auto bytes = fields.integer("releases_max_bytes", 0, most_bytes, need::optional))
        into.releases_max_bytes = static_cast<std::uint64_t>(*bytes);
    if (const auto days = fields.integer("backup_retention_days", 1, most_days, need::optional))
        into.backup_retention = std::chrono::days(*days);
    number("max_parallel", 1, most_parallel, into.max_parallel);
    interval("discovery_interval_ms", milliseconds(1), into.discovery_interval);
    interval("heartbeat_interval_ms", milliseconds(1), into.heartbeat_interval);
    std::error_code ignored;
    if (const auto metrics = fields.file("metrics_file", need::optional))
        into.metrics_file = std::filesystem::absolute(*metrics, ignored);
}

systemd_settings read_systemd(const yaml_node& node, report& into)
{
    yaml_fields fields(node, "systemd", into);
    systemd_settings read;
    read.service_folder = fields.file("service_folder", need::optional).value_or(read.service_folder);
    read.working_directory = fields.file("working_directory", need::required).value_or("");
    read.template_path = fields.file("template_path", need::optional);
    read.systemctl_path = fields.file("systemctl_path", need::optional).value_or(read.systemctl_path);
    fields.warn_of_unknown_keys();
    return read;
}

supervisor_settings read_supervisor(const yaml_node& node, report& into)
{
    yaml_fields fields(node, "supervisor", into);
    supervisor_settings read;
    read.conf_d_folder = fields.file("conf_d_folder", need::optional).value_or(read.conf_d_folder);
    read.service_folder = fields.file("service_folder", need::required).value_or("");
    read.template_path = fields.file("template_path", need::optional);
    read.supervisorctl_path = fields.file("supervisorctl_path", need::optional).value_or(read.supervisorctl_path);
    read.config_file = fields.file("config_file", need::optional);
    read.socket = fields.filled_text("socket", need::optional);
    if (read.socket && !read.socket->starts_with("unix:///") && !read.socket->starts_with("http://"))
        fields.fail("socket", "must be unix:///PATH or http://HOST:PORT; found " + in_quotes(*read.socket));
    fields.warn_of_unknown_keys();
    return read;
}

deploy_settings read_deploy(const yaml_node& node, report& into)
{
    yaml_fields fields(node, "deploy", into);
    deploy_settings read;
    read.target_folder = fields.file("target_folder", need::required).value_or("");
    fields.warn_of_unknown_keys();
    return read;
}

void read_profiles(yaml_fields& root, agent_config& into, report& found)
{
    if (const yaml_node* const section = root.find("systemd", need::optional))
        into.systemd = read_systemd(*section, found);
    if (const yaml_node* const section = root.find("supervisor", need::optional))
        into.supervisor = read_supervisor(*section, found);
    if (const yaml_node* const section = root.find("deploy", need::optional))
        into.deploy = read_deploy(*section, found);
    if (const yaml_node* const section = root.find("processmaster", need::optional))
        found.warning(section->line, "processmaster", "is not supported by this agent, which refuses such cells");
}

} // namespace

result<loaded<agent_config>> parse_agent_config(std::string_view yaml, std::string_view name)
{
    const result<yaml_node> tree = parse_config_yaml(yaml, name);
    if (!tree)
        return tree.error();
    static const yaml_node nothing;
    report found(name);
    yaml_fields root(*tree, "", found);

    const yaml_node* const global = root.find("global", need::required);
    yaml_fields global_fields(global ? *global : nothing, "global", found);
    identity who;
    if (global)
        who = read_identity(global_fields);
    const yaml_node* const storage = root.find("object_storage", need::required);
    yaml_fields storage_fields(storage ? *storage : nothing, "object_storage", found);
    std::optional<bucket_connection> connection;
    if (storage)
        connection = read_connection(storage_fields, "bucket", need::optional,
            storage_fields.parsed("prefix", need::required, model::key_prefix::load), found);

    // Read with stand-ins where something is missing, so that the mistakes of the rest are found too.
    agent_config config{.node = who.node ? *who.node : model::node_id::parse("unknown").value(),
        .check_interval = who.check_interval.value_or(milliseconds(0)),
        .object_storage =
            connection ? *connection : bucket_connection{.prefix = model::key_prefix::parse("unknown").value()}};
    read_global(global_fields, config);
    read_profiles(root, config, found);
    global_fields.warn_of_unknown_keys();
    storage_fields.warn_of_unknown_keys();
    root.warn_of_unknown_keys();
    if (found.failed())
        return found.to_error();
    return loaded<agent_config>{std::move(config), found.take_warnings()};
}

result<loaded<agent_config>> load_agent_config(const std::filesystem::path& file)
{
    const result<std::string> text = read_config_file(file);
    if (!text)
        return text.error();
    return parse_agent_config(*text, file.string());
}

} // namespace fleetman::config
