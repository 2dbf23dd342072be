#pragma once

#include <fleetman/config/controller_config.hpp>
#include <fleetman/control/agent_table.hpp>
#include <fleetman/control/cell_state.hpp>
#include <fleetman/control/event_feed.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// What is known of every cell, and which of its documents are worth reading again: those of a cell of which a heartbeat
// says something new, that someone told of, or that is in motion. No I/O: who reads documents tells this table.

namespace fleetman::control {

// A cell's documents as they were read last.
struct cell_documents
{
    std::optional<seen_trigger> trigger;
    std::optional<model::deployment_status> status; // without its logs
    std::optional<model::manifest_name> manifest;   // metadata.json's
    std::string trigger_etag;                       // empty: to be read whole
    std::string status_etag;
    std::string trigger_fault; // why it cannot be understood; empty when it can, or there is none
    std::string status_fault;
    bool read = false;
};

// What there is to see of a cell; it stands until it changes.
struct cell_summary
{
    model::manifest_name manifest;
    bool managed = false; // this configuration has it; otherwise only the bucket does
    std::optional<seen_trigger> trigger;
    std::optional<std::string> running_version; // by the heartbeat, else by the last deployment
    std::optional<bool> running;
    std::optional<std::int64_t> applied_at; // of the last deployment, Unix seconds
    cell_verdict verdict;

    bool operator==(const cell_summary&) const = default;
};

struct known_cell
{
    model::bucket_name bucket;
    std::optional<model::manifest_name> configured;
    cell_documents documents;
    std::uint64_t told = 0; // how often whoever wrote a document has told
    cell_summary seen;
    std::uint64_t event = 0;   // that told of its last change
    mutable std::string shown; // what a reader made of it, kept until it changes
};

// By node, then by cell; a node alone is found before its cells.
struct cell_order
{
    using is_transparent = void;
    bool operator()(const model::cell_ref& a, const model::cell_ref& b) const { return a < b; }
    bool operator()(const model::cell_ref& a, const model::node_id& b) const { return a.node < b; }
    bool operator()(const model::node_id& a, const model::cell_ref& b) const { return a < b.node; }
};

class cell_table
{
public:
    using cells = std::map<model::cell_ref, known_cell, cell_order>;

    // How long after its publishing a cell that has not come to rest is looked at each time, and how many are.
    static constexpr std::chrono::minutes motion_time{15};
    static constexpr std::size_t motion_at_a_time = 256;

    cell_table(const agent_table& agents, event_feed& events) : agents_(agents), events_(events) {}

    const cells& all() const noexcept { return cells_; }
    const known_cell* find(const model::cell_ref& cell) const;
    // Changes whenever something in all() that can be seen does.
    std::uint64_t revision() const noexcept { return revision_; }
    std::set<model::node_id> nodes(const model::bucket_name& bucket) const;

    void configure(const config::controller_config& config, wall_time now);
    // What was read through a connection says nothing any more.
    void forget(const model::bucket_name& bucket, wall_time now);

    // A node's heartbeat has changed, come or gone; `before` is null when there was none.
    void heard(
        const model::bucket_name& bucket, const model::node_id& node, const model::agent_report* before, wall_time now);
    // Time has changed the state of a node's agent.
    void judge_node(const model::bucket_name& bucket, const model::node_id& node, wall_time now);
    // The folders in cells/<node>/. The documents of all of the node's cells, those that are known included, are to be
    // read again; a cell that is not configured is one once its trigger or its metadata has been read.
    void found(const model::bucket_name& bucket, const model::node_id& node, std::set<model::cell_id> folders);

    // A trigger was written or removed by someone who tells: counts at once.
    void told(const model::bucket_name& bucket, const model::cell_ref& cell, std::optional<seen_trigger> trigger,
        wall_time now);

    // What to read.
    enum need : unsigned
    {
        nothing = 0,
        trigger = 1,
        status = 2,
        metadata = 4,
        everything = 7
    };
    void want(const model::bucket_name& bucket, const model::cell_ref& cell, unsigned needs);
    // Those that are in motion want their status.
    void want_motion(const model::bucket_name& bucket, wall_time now);
    std::vector<model::cell_ref> wanted(const model::bucket_name& bucket, std::size_t most) const;
    // What a reader begins to read, and from what: a copy of what is known.
    struct reading
    {
        unsigned needs = nothing;
        bool managed = false;
        cell_documents documents;
        std::uint64_t told = 0;
    };
    reading begin(const model::bucket_name& bucket, const model::cell_ref& cell);
    // What it has read.
    void finish(const model::bucket_name& bucket, const model::cell_ref& cell, reading read, wall_time now);

private:
    known_cell& add(const model::bucket_name& bucket, const model::cell_ref& cell);
    cells::iterator judge(
        cells::iterator one, const model::agent_report* agent, const model::cell_report* report, wall_time now);
    cells::iterator judge(cells::iterator one, wall_time now);
    cells::iterator drop(cells::iterator one);
    void keep_motion(const model::cell_ref& cell, const known_cell& of);
    const model::agent_report* report_of(const model::bucket_name& bucket, const model::node_id& node) const;

    const agent_table& agents_;
    event_feed& events_;
    cells cells_;
    std::map<model::bucket_name, std::map<model::cell_ref, unsigned>> wanted_;
    std::map<model::bucket_name, std::set<model::cell_ref>> motion_;
    std::map<model::bucket_name, model::cell_ref> motion_reached_;
    std::uint64_t revision_ = 1;
};

} // namespace fleetman::control
