#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/model/documents.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// The heartbeats of all agents, held in memory and refreshed in the background: a look at a bucket is one
// listing and a read of what changed, and no request waits for either.

namespace fleetman::control {

struct known_agent
{
    model::bucket_name bucket;
    model::agent_report report;
    storage::object_info info; // of agents/<node>.json
};

struct bucket_problem
{
    model::bucket_name bucket;
    error why; // of the last look
};

using bucket_locations = std::vector<std::pair<model::bucket_name, bucket::location>>;

class fleet_view
{
public:
    static constexpr std::size_t reads_at_a_time = 16;
    static constexpr std::size_t buckets_at_a_time = 8;

    // `where` answers with the buckets to watch, each time anew.
    fleet_view(boost::asio::any_io_executor executor, std::function<bucket_locations()> where, clock& time)
        : where_(std::move(where)), time_(time), refreshing_(std::move(executor), "fleet")
    {}

    // Looks at every bucket, with a pause between two looks, until it is cancelled. A bucket that answers slowly is
    // looked at less often and delays no other.
    task<void> run(milliseconds pause);
    // Ends the looks under way; before the view goes away.
    task<void> stop() { return refreshing_.drain(milliseconds(0)); }

    // One look at every bucket. What a bucket does not answer keeps its last state, and problems() says why.
    task<void> refresh();

    // The newest report of each node, in the order of the nodes.
    std::vector<known_agent> agents() const;
    std::optional<known_agent> newest(const model::node_id& node) const;
    // A node's report in the bucket of one of its cells; null when there is none.
    const model::agent_report* report(const model::bucket_name& bucket, const model::node_id& node) const;

    // Takes a node out of the view, whose heartbeat has been deleted.
    void forget(const model::node_id& node);

    // When the last look at a bucket ended; nothing before the first.
    std::optional<wall_time> as_of() const { return as_of_; }
    // Whether every bucket to watch has been looked at, with whatever outcome.
    bool complete() const;
    std::vector<bucket_problem> problems() const;

private:
    struct heartbeat
    {
        storage::object_info info;
        std::optional<model::agent_report> report; // nothing: it cannot be understood
    };
    struct watched
    {
        bool busy = false;
        bool looked_at = false; // to the end, once
        std::map<model::node_id, heartbeat> heartbeats;
        std::optional<error> problem;
    };

    void forget_all_but(const bucket_locations& wanted);
    task<void> refresh_alone(model::bucket_name name, bucket::location at);
    task<result<void>> refresh_bucket(model::bucket_name name, bucket::location at);
    task<result<void>> read_changes(model::bucket_name name, bucket::location at);
    task<result<void>> read_heartbeat(model::bucket_name name, bucket::location at, storage::object_info info);

    std::function<bucket_locations()> where_;
    clock& time_;
    std::map<model::bucket_name, watched> buckets_;
    std::optional<wall_time> as_of_;
    task_group refreshing_;
};

} // namespace fleetman::control
