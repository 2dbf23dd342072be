#include <fleetman/agent/supersede.hpp>
#include <fleetman/core/log.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleetman::agent {

newer_trigger::newer_trigger(const boost::asio::any_io_executor& executor)
    : came_(executor, std::chrono::steady_clock::time_point::max())
{}

void newer_trigger::announce(deploy_request request)
{
    request_ = std::move(request);
    came_.cancel();
}

task<void> newer_trigger::wait()
{
    while (!announced())
        co_await came_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

task<deploy_outcome> deployments_in_hand::deploy_newest(
    const host_access& host, bucket::location at, deploy_request request)
{
    const model::cell_id cell = request.cell.cell;
    const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
    for (;;) {
        const auto newer = std::make_shared<newer_trigger>(executor);
        all_.insert_or_assign(cell, one{at.store, request.trigger, newer});
        request.newer = newer;
        deploy_outcome outcome = co_await deploy(host, at, request);
        all_.erase(cell);
        std::optional<deploy_request> next = newer->take();
        if (outcome.ending != ending::superseded || !next)
            co_return outcome;
        log::info("agent", "superseded",
            {{"cell", cell.str()}, {"version", request.version.str()}, {"trigger", request.trigger.id},
                {"by_version", next->version.str()}, {"by_trigger", next->trigger.id}});
        request = *std::move(next);
    }
}

bool deployments_in_hand::has(const bucket::location& at, const deploy_request& request) const
{
    const auto found = all_.find(request.cell.cell);
    return found != all_.end() && found->second.store == at.store && found->second.trigger == request.trigger;
}

void deployments_in_hand::supersede(const bucket::location& at, const deploy_request& request)
{
    const auto found = all_.find(request.cell.cell);
    if (found != all_.end() && found->second.store == at.store && found->second.trigger != request.trigger)
        found->second.newer->announce(request);
}

} // namespace fleetman::agent
