#include "assembly.hpp"

#include <fleetman/agent/overview.hpp>
#include <fleetman/core/log.hpp>

#include <utility>

namespace fleetman::app {
namespace {

constexpr std::size_t worker_threads = 2;

} // namespace

assembly::assembly(const config::agent_config& config)
    : workers_(worker_threads), now_(std::make_shared<configured>(config, workers_, time_))
{}

result<std::unique_ptr<assembly>> assembly::make(const std::filesystem::path& config)
{
    const auto loaded = config::load_agent_config(config);
    if (!loaded)
        return loaded.error();
    if (result<void> logging = configure_log(loaded->value); !logging)
        return logging.error();
    for (const std::string& warning : loaded->warnings)
        log::warning("agent", "config-warning", {{"text", warning}});

    std::unique_ptr<assembly> made(new assembly(loaded->value));
    result<host::lock_file> lock = host::lock_file::take(agent::lock_path(made->now_->host().with));
    if (!lock)
        return lock.error().within("another agent has this state directory");
    made->lock_ = *std::move(lock);
    result<bucket::location> at = open_store(loaded->value, made->time_);
    if (!at)
        return at.error();
    made->agent_ = std::make_unique<agent::agent>(
        made->now_->host(), *std::move(at), made->loop_.get_executor(), FLEETMAN_VERSION);
    return made;
}

onlooker::onlooker(config::agent_config config)
    : config_(std::move(config)), workers_(1), now_(config_, workers_, time_)
{}

result<std::unique_ptr<onlooker>> onlooker::make(const std::filesystem::path& config)
{
    auto loaded = config::load_agent_config(config);
    if (!loaded)
        return loaded.error();
    return std::unique_ptr<onlooker>(new onlooker(std::move(loaded->value)));
}

} // namespace fleetman::app
