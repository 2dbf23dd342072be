#pragma once

#include <fleetman/control/agent_state.hpp>
#include <fleetman/control/event_feed.hpp>
#include <fleetman/storage/object_store.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// The heartbeats of all agents as they were read last, and of each node the newest. No I/O: who reads them tells this
// table, and it tells the events.

namespace fleetman::control {

// agents/<node>.json of one bucket.
struct heartbeat
{
    model::bucket_name bucket;
    storage::object_info info;
    std::optional<model::agent_report> report; // nothing: it cannot be understood
    agent_state state{};                       // of a report
    std::optional<wall_time> changes_at;       // when `state` will, if nothing more is heard
};

struct known_agent
{
    std::shared_ptr<const heartbeat> newest; // has a report
    std::uint64_t event = 0;                 // that told of its last change
    mutable std::string shown;               // what a reader made of it, kept until it changes

    const model::agent_report& report() const { return *newest->report; }
};

class agent_table
{
public:
    explicit agent_table(event_feed& events) : events_(events) {}

    // The newest report of each node, in the order of the nodes.
    const std::map<model::node_id, known_agent>& all() const noexcept { return newest_; }
    const known_agent* find(const model::node_id& node) const;
    // Changes whenever all() does.
    std::uint64_t revision() const noexcept { return revision_; }

    // A node's heartbeat in one bucket; null when there is none.
    const heartbeat* find(const model::bucket_name& bucket, const model::node_id& node) const;
    std::vector<model::node_id> nodes(const model::bucket_name& bucket) const;

    // A heartbeat as it is now; without a report when it cannot be understood.
    void heard(model::bucket_name bucket, model::node_id node, storage::object_info info,
        std::optional<model::agent_report> report, wall_time now);
    // It has been written again, with the same content.
    void same(const model::bucket_name& bucket, const model::node_id& node, storage::object_info info);
    // There is none any more.
    void silent(const model::bucket_name& bucket, const model::node_id& node);

    // Lets time pass: the heartbeats whose state has changed by their age alone.
    using place = std::pair<model::bucket_name, model::node_id>;
    std::vector<place> settle(wall_time now);

private:
    using heartbeats = std::map<model::node_id, std::shared_ptr<heartbeat>>;

    std::shared_ptr<heartbeat> lookup(const model::bucket_name& bucket, const model::node_id& node) const;
    void expect_change(const heartbeat& of, const model::node_id& node);
    void expect_no_change(const heartbeat& of, const model::node_id& node);
    void choose_newest(const model::node_id& node);
    void tell(const model::node_id& node, known_agent& of);

    event_feed& events_;
    std::map<model::bucket_name, heartbeats> by_bucket_;
    std::map<model::node_id, known_agent> newest_;
    std::set<std::tuple<wall_time, model::bucket_name, model::node_id>> due_;
    std::uint64_t revision_ = 1;
};

} // namespace fleetman::control
