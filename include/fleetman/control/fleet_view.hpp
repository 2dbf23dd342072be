#pragma once

#include <fleetman/control/catalog.hpp>
#include <fleetman/control/event_feed.hpp>
#include <fleetman/control/fleet_state.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/storage/write_listener.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

// The fleet's state, held in memory and refreshed in the background: a look at a bucket is one listing of agents/ and a
// read of what changed, so that no request waits for a bucket, and no bucket for another. `cells/` is never listed
// recursively; what heartbeats, our own writes and, now and then, a sweep say decides which documents of cells are
// read.

namespace fleetman::control {

// How the looks at one bucket went.
struct bucket_watch
{
    std::optional<wall_time> began;     // the look under way
    std::optional<wall_time> succeeded; // the end of the last one that did
    std::optional<milliseconds> took;   // the last one, whatever came of it
    std::optional<error> problem;       // of the last one
    std::optional<wall_time> since;     // when the problem began
    storage::request_counts requests;   // through this connection, everybody's
};

struct bucket_problem
{
    model::bucket_name bucket;
    error why;
    wall_time since{};
    std::optional<wall_time> succeeded; // the end of the last look without it
};

class fleet_view
{
public:
    static constexpr std::size_t reads_at_a_time = 16;
    static constexpr std::size_t buckets_at_a_time = 8;
    // All of cells/ is looked through in this time, node by node.
    static constexpr std::chrono::minutes sweep_time{5};
    // A look that takes longer is told as a problem.
    static constexpr std::chrono::seconds patience{30};

    fleet_view(boost::asio::any_io_executor executor, catalog& names, clock& time, event_feed& events);
    fleet_view(const fleet_view&) = delete;
    fleet_view& operator=(const fleet_view&) = delete;

    // Looks at every bucket, with a pause between two looks, until it is cancelled. A bucket that answers slowly is
    // looked at less often and delays no other.
    task<void> run(milliseconds pause);
    // Ends the reads under way, by interrupting them after `grace`; before the view goes away.
    task<void> stop(milliseconds grace = milliseconds(0)) { return reading_.drain(grace); }

    // One look at every bucket. What a bucket does not answer keeps its last state, and problems() says why.
    task<void> refresh();
    // One look at every node's folder in cells/ of every bucket, and at all documents of cells.
    task<void> sweep();
    // Reads the documents of one cell.
    task<void> look_at(model::cell_ref cell);

    // The state as it is at this moment: with the configuration as it is now, and time passed.
    fleet_state& now();

    // An object of a bucket has been written or removed; `body` is null when its content is not known.
    void wrote(const model::bucket_name& bucket, const std::string& key, const std::string* body);
    void removed(const model::bucket_name& bucket, const std::string& key);
    // A store that tells the two above of what is done through it.
    std::shared_ptr<storage::object_store> listen_to(
        const model::bucket_name& bucket, std::shared_ptr<storage::object_store> store);

    // What is shown is as old as this at most; nothing while there is a bucket that has never answered.
    std::optional<wall_time> as_of() const;
    // Whether every bucket has been looked at, with whatever outcome.
    bool complete() const;
    std::vector<bucket_problem> problems() const;
    std::optional<bucket_watch> watch_of(const model::bucket_name& bucket) const;

private:
    class ears;
    struct watched : bucket_watch
    {
        bool looked_at = false; // once
        bool catching_up = false;
        bool sweeping = false;
        bool swept = false;                 // once
        std::set<model::node_id> noticed;   // whose heartbeats are to be read
        std::set<model::node_id> heard_now; // since the listing under way began
        std::vector<model::node_id> to_sweep;
        std::size_t sweep_size = 0;      // of this pass
        std::shared_ptr<ears> listening; // stays with the stores that it was given to

        void begin_anew();
    };

    bucket_locations begin_look();
    void configure();
    void tell_outcome(const model::bucket_name& name, watched& known, const result<void>& outcome);

    task<void> look_alone(model::bucket_name name, bucket::location at);
    task<result<void>> look(model::bucket_name name, bucket::location at);
    task<result<void>> read_agents(model::bucket_name name, bucket::location at);
    task<result<void>> list_agents(
        model::bucket_name name, bucket::location at, std::shared_ptr<std::vector<storage::object_info>> changed);
    task<result<void>> read_heartbeat(model::bucket_name name, bucket::location at, storage::object_info info);
    task<result<void>> read_noticed(model::bucket_name name, bucket::location at);

    void catch_up_soon(const model::bucket_name& name);
    task<void> catch_up(model::bucket_name name, bucket::location at);
    task<result<void>> read_wanted(model::bucket_name name, bucket::location at);
    task<result<void>> read_cell(model::bucket_name name, bucket::location at, model::cell_ref cell);

    task<void> sweep_alone(model::bucket_name name, bucket::location at, milliseconds pause);
    task<result<void>> sweep_some(model::bucket_name name, bucket::location at, std::size_t most);
    task<result<void>> begin_sweep(model::bucket_name name, bucket::location at);
    task<result<void>> sweep_node(model::bucket_name name, bucket::location at, model::node_id node);

    catalog& names_;
    clock& time_;
    event_feed& events_;
    fleet_state state_;
    std::uint64_t configured_ = 0; // the catalog's revision that is in state_
    std::map<model::bucket_name, config::bucket_connection> connections_;
    std::map<model::bucket_name, watched> buckets_;
    task_group reading_;
};

} // namespace fleetman::control
