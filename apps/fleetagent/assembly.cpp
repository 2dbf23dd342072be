#include "assembly.hpp"

#include <fleetman/agent/overview.hpp>
#include <fleetman/agent/reload.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/text.hpp>

#include <utility>

namespace fleetman::app {
namespace {

constexpr std::size_t worker_threads = 2;

void log_warnings(const std::vector<std::string>& warnings)
{
    for (const std::string& warning : warnings)
        log::warning("agent", "config-warning", {{"text", warning}});
}

} // namespace

assembly::assembly(std::filesystem::path file, config::agent_config config)
    : file_(std::move(file)), config_(std::move(config)), workers_(worker_threads), prompt_workers_(1)
{}

result<std::shared_ptr<const agent::surroundings>> assembly::surroundings_of(const config::agent_config& config)
{
    result<bucket::location> at = open_store(config, time_);
    if (!at)
        return at.error();
    const auto owner = std::make_shared<const configured>(config, workers_, prompt_workers_, time_, &leaving_);
    return std::make_shared<const agent::surroundings>(agent::surroundings{owner->host(), *std::move(at), owner});
}

result<std::unique_ptr<assembly>> assembly::make(const std::filesystem::path& config)
{
    const auto loaded = config::load_agent_config(config);
    if (!loaded)
        return loaded.error();
    if (result<void> logging = configure_log(loaded->value); !logging)
        return logging.error();
    log_warnings(loaded->warnings);

    std::unique_ptr<assembly> made(new assembly(config, loaded->value));
    auto here = made->surroundings_of(loaded->value);
    if (!here)
        return here.error();
    result<host::lock_file> lock = host::lock_file::take(agent::lock_path((*here)->host.with));
    if (!lock)
        return lock.error().within("another agent has this state directory");
    made->lock_ = *std::move(lock);
    made->agent_ = std::make_unique<agent::agent>(*std::move(here), made->loop_.get_executor(), FLEETMAN_VERSION);
    return made;
}

bool assembly::reload()
{
    log::reopen();
    const auto loaded = config::load_agent_config(file_);
    if (!loaded) {
        for (const std::string& line : split(loaded.error().message(), '\n'))
            log::error("agent", "reload-refused", {{"error", line}});
        return false;
    }
    const std::vector<std::string> fixed = agent::changes_that_need_restart(config_, loaded->value);
    for (const std::string& name : fixed)
        log::error("agent", "reload-refused", {{"error", name + " changed, which needs a restart"}});
    if (!fixed.empty())
        return false;
    auto here = surroundings_of(loaded->value);
    if (!here) {
        log::error("agent", "reload-refused", {{"error", here.error().message()}});
        return false;
    }
    log_warnings(loaded->warnings);
    config_ = loaded->value;
    agent_->reconfigure(*std::move(here));
    log::info("agent", "reloaded", {{"file", file_.string()}});
    return true;
}

onlooker::onlooker(config::agent_config config)
    : config_(std::move(config)), workers_(1), now_(config_, workers_, workers_, time_, nullptr)
{}

result<std::unique_ptr<onlooker>> onlooker::make(const std::filesystem::path& config)
{
    auto loaded = config::load_agent_config(config);
    if (!loaded)
        return loaded.error();
    return std::unique_ptr<onlooker>(new onlooker(std::move(loaded->value)));
}

} // namespace fleetman::app
