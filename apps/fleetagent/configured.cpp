#include "configured.hpp"
#include "step_hook.hpp"

#include <fleetman/core/log.hpp>
#include <fleetman/host/supervisor_rpc.hpp>
#include <fleetman/host/supervisorctl.hpp>
#include <fleetman/net/endpoint.hpp>
#include <fleetman/s3/open.hpp>

#include <utility>

namespace fleetman::app {
namespace {

result<s3::connection> connection_from(
    const config::bucket_connection& from, const config::retry_settings& retry, clock& time)
{
    result<net::endpoint> endpoint = net::parse_endpoint(from.endpoint);
    if (!endpoint)
        return endpoint.error().within("object_storage.endpoint");
    s3::connection made;
    made.endpoint = *std::move(endpoint);
    made.region = from.region;
    made.bucket = from.bucket;
    made.path_style = from.path_style;
    made.account = {from.access_key, from.secret_key, from.session_token.value_or(secret())};
    made.ca_file = from.ca_file.value_or("");
    made.attempts = retry.attempts;
    made.retry_delay = retry.delay;
    if (result<void> taken = s3::take_from_environment(made, s3::process_environment(), time); !taken)
        return taken.error();
    return made;
}

std::unique_ptr<host::service_manager> supervisor_from(const config::supervisor_settings& section)
{
    if (section.socket)
        return std::make_unique<host::supervisor_rpc>(host::supervisor_rpc_settings{.server_url = *section.socket});
    return std::make_unique<host::supervisorctl>(host::supervisorctl_settings{
        .program = section.supervisorctl_path, .config_file = section.config_file, .server_url = std::nullopt});
}

} // namespace

configured::configured(const config::agent_config& config, worker_pool& workers, worker_pool& prompt, clock& time,
    agent::departure* leaving)
    : settings_(agent::settings_from(config)),
      host_{settings_, nullptr, nullptr, workers, time, agent::agent_account::current()}
{
    host_.on_step = step_hook();
    host_.prompt_workers = &prompt;
    host_.leaving = leaving;
    if (config.systemd) {
        systemctl_.emplace(host::systemctl_settings{.program = config.systemd->systemctl_path});
        host_.systemd = &*systemctl_;
    }
    if (config.supervisor) {
        supervisor_ = supervisor_from(*config.supervisor);
        host_.supervisor = supervisor_.get();
    }
}

result<bucket::location> open_store(const config::agent_config& config, clock& time)
{
    result<s3::connection> to = connection_from(config.object_storage, config.retry, time);
    if (!to)
        return to.error();
    result<std::shared_ptr<storage::object_store>> store = s3::open(*std::move(to), time);
    if (!store)
        return store.error();
    return bucket::location{*std::move(store), bucket::keyspace(config.object_storage.prefix)};
}

result<void> configure_log(const config::agent_config& config)
{
    log::settings wanted;
    wanted.directory = config.log_directory.value_or("");
    wanted.file_prefix = config.log_file_prefix;
    wanted.keep = config.log_retention;
    switch (config.log_rotation) {
    case config::log_rotation::daily: wanted.rotate = log::rotation::daily; break;
    case config::log_rotation::hourly: wanted.rotate = log::rotation::hourly; break;
    case config::log_rotation::never: wanted.rotate = log::rotation::never; break;
    }
    return log::configure(wanted);
}

} // namespace fleetman::app
