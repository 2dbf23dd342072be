#include <fleetman/agent/reload.hpp>

#include <string_view>

namespace fleetman::agent {
namespace {

class differences
{
public:
    template <class T>
    void compare(std::string_view name, const T& now, const T& wanted)
    {
        if (now != wanted)
            found_.emplace_back(name);
    }

    // Members of a section that both have; one that is gone is a difference itself.
    template <class Section, class... Members>
    void compare_section(const std::string& name, const std::optional<Section>& now,
        const std::optional<Section>& wanted, const std::pair<const char*, Members>&... members)
    {
        if (now && !wanted)
            found_.push_back(name);
        if (now && wanted)
            (compare(name + '.' + members.first, (*now).*members.second, (*wanted).*members.second), ...);
    }

    std::vector<std::string> take() { return std::move(found_); }

private:
    std::vector<std::string> found_;
};

} // namespace

std::vector<std::string> changes_that_need_restart(const config::agent_config& now, const config::agent_config& wanted)
{
    using config::deploy_settings;
    using config::supervisor_settings;
    using config::systemd_settings;
    differences found;
    found.compare("global.node_id", now.node, wanted.node);
    found.compare("global.base_dir", now.base_dir, wanted.base_dir);
    found.compare("global.state_directory", now.state_directory, wanted.state_directory);
    found.compare("global.log_directory", now.log_directory, wanted.log_directory);
    found.compare("global.log_file_prefix", now.log_file_prefix, wanted.log_file_prefix);
    found.compare("global.log_rotation", now.log_rotation, wanted.log_rotation);
    found.compare("global.log_keep_days", now.log_retention, wanted.log_retention);
    found.compare_section("systemd", now.systemd, wanted.systemd,
        std::pair("service_folder", &systemd_settings::service_folder),
        std::pair("working_directory", &systemd_settings::working_directory));
    found.compare_section("supervisor", now.supervisor, wanted.supervisor,
        std::pair("conf_d_folder", &supervisor_settings::conf_d_folder),
        std::pair("service_folder", &supervisor_settings::service_folder));
    found.compare_section(
        "deploy", now.deploy, wanted.deploy, std::pair("target_folder", &deploy_settings::target_folder));
    return found.take();
}

} // namespace fleetman::agent
