#pragma once

#include <fleetman/agent/deploy.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <optional>

// A newer trigger for a cell whose deployment is still staging: nothing that runs was touched yet, so the stage is
// discarded and the newer one begins at once. From the switch on a deployment comes to its end first.

namespace fleetman::agent {

// What a deployment that stages listens to. For one event loop.
class newer_trigger
{
public:
    explicit newer_trigger(const boost::asio::any_io_executor& executor);

    void announce(deploy_request request);
    bool announced() const noexcept { return request_.has_value(); }
    std::optional<deploy_request> take() { return std::exchange(request_, std::nullopt); }

    // Returns once one is announced. Throws operation_aborted when the caller is cancelled.
    task<void> wait();

private:
    std::optional<deploy_request> request_;
    boost::asio::steady_timer came_; // cancelled, as a notification
};

// The deployments under way, at most one for a cell.
class deployments_in_hand
{
public:
    // Deploys `request`, or what superseded it: the outcome is of the last one begun.
    task<deploy_outcome> deploy_newest(const host_access& host, bucket::location at, deploy_request request);

    // Tells the deployment of this cell, if there is one, unless it is of the same trigger, or of another store than
    // `at`: what that one has is not for it.
    void supersede(const bucket::location& at, const deploy_request& request);

    // Whether just this trigger of this store is being deployed.
    bool has(const bucket::location& at, const deploy_request& request) const;

private:
    struct one
    {
        std::shared_ptr<storage::object_store> store;
        trigger_identity trigger;
        std::shared_ptr<newer_trigger> newer;
    };

    std::map<model::cell_id, one> all_;
};

} // namespace fleetman::agent
