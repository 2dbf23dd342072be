#include "assembly.hpp"

#include <fleetman/core/log.hpp>
#include <fleetman/net/endpoint.hpp>
#include <fleetman/s3/open.hpp>

#include <utility>

namespace fleetman::app {
namespace {

constexpr std::size_t worker_threads = 2;

log::settings log_settings(const config::agent_config& config)
{
    log::settings made;
    made.directory = config.log_directory.value_or("");
    made.file_prefix = config.log_file_prefix;
    switch (config.log_rotation) {
    case config::log_rotation::daily: made.rotate = log::rotation::daily; break;
    case config::log_rotation::hourly: made.rotate = log::rotation::hourly; break;
    case config::log_rotation::never: made.rotate = log::rotation::never; break;
    }
    return made;
}

result<s3::connection> connection_from(const config::bucket_connection& from, const config::retry_settings& retry)
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
    return made;
}

} // namespace

assembly::assembly(const config::agent_config& config)
    : settings_(agent::settings_from(config)), workers_(worker_threads),
      host_{settings_, nullptr, nullptr, workers_, time_, agent::agent_account::current()}
{
    if (config.systemd) {
        systemctl_.emplace(host::systemctl_settings{.program = config.systemd->systemctl_path});
        host_.systemd = &*systemctl_;
    }
    if (config.supervisor) {
        supervisorctl_.emplace(host::supervisorctl_settings{.program = config.supervisor->supervisorctl_path,
            .config_file = config.supervisor->config_file,
            .server_url = config.supervisor->socket});
        host_.supervisor = &*supervisorctl_;
    }
}

result<void> assembly::open_store(const config::agent_config& config)
{
    result<s3::connection> to = connection_from(config.object_storage, config.retry);
    if (!to)
        return to.error();
    result<std::shared_ptr<storage::object_store>> store = s3::open(*std::move(to), time_);
    if (!store)
        return store.error();
    bucket::location at{*std::move(store), bucket::keyspace(config.object_storage.prefix)};
    agent_ = std::make_unique<agent::agent>(host_, std::move(at), loop_.get_executor(), FLEETMAN_VERSION);
    return result<void>();
}

result<std::unique_ptr<assembly>> assembly::make(const std::filesystem::path& config)
{
    const auto loaded = config::load_agent_config(config);
    if (!loaded)
        return loaded.error();
    if (result<void> logging = log::configure(log_settings(loaded->value)); !logging)
        return logging.error();
    for (const std::string& warning : loaded->warnings)
        log::warning("agent", "config-warning", {{"text", warning}});

    std::unique_ptr<assembly> made(new assembly(loaded->value));
    result<host::lock_file> lock = host::lock_file::take(loaded->value.state_directory / "lock");
    if (!lock)
        return lock.error().within("another agent has this state directory");
    made->lock_ = *std::move(lock);
    if (result<void> opened = made->open_store(loaded->value); !opened)
        return opened.error();
    return made;
}

} // namespace fleetman::app
