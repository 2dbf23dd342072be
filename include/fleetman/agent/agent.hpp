#pragma once

#include <fleetman/agent/deploy.hpp>
#include <fleetman/agent/host_access.hpp>
#include <fleetman/agent/limiter.hpp>
#include <fleetman/agent/reconcile.hpp>
#include <fleetman/agent/requests.hpp>
#include <fleetman/agent/state.hpp>
#include <fleetman/bucket/location.hpp>
#include <fleetman/core/task_group.hpp>

#include <cstddef>
#include <map>
#include <set>
#include <string>

// The loops: what the bucket wants, what this host has, and the work between the two. Deployments run beside one
// another, one for a cell at a time; neither a slow one nor a store that is down delays the others or the heartbeat,
// and losing the store never stops a service.

namespace fleetman::agent {

class agent
{
public:
    // `host` must outlive the agent; all of it belongs to one executor. `version` is the program's, for the heartbeat.
    agent(const host_access& host, bucket::location at, boost::asio::any_io_executor executor, std::string version);
    ~agent();

    // Reads what is remembered and recovers what was interrupted. Before anything else. Fails with what makes the
    // state file unusable: an agent that has forgotten everything must not start by deploying everything.
    task<result<void>> start();

    // Polls and reports until stop(); then gives deployments a few seconds to come to their end, and cancels them: a
    // journal tells the next start where to go on.
    task<void> run();
    void stop();

    struct cycle
    {
        std::size_t cells = 0;
        std::size_t deployed = 0;
        std::size_t failed = 0;
    };
    // One look at the bucket, all that follows from it, and a heartbeat.
    task<result<cycle>> once();

    // What an operator asks for by hand (by_hand.cpp), also without the store. Returns a sentence that tells what came
    // of it. Fails with conflict while the cell is being worked on.
    //
    // Makes `release`, one on disk or the newest of a version, the running one. Fails with failed and the reason when
    // it does not run; the one before runs again then.
    task<result<std::string>> roll_back(model::cell_id cell, std::string release);
    // Takes a cell off the host that its bucket does not want any more; `forced` does not ask the bucket.
    task<result<std::string>> remove(model::cell_id cell, bool forced);

private:
    struct seen_trigger
    {
        model::cell_id cell;
        std::optional<deploy_request> request; // nothing: there is no trigger, or it cannot be read just now
        bool absent = false;                   // the store says that there is none
    };

    // That one coroutine works on a cell, however it ends.
    class busy_mark
    {
    public:
        busy_mark(std::set<model::cell_id>& busy, model::cell_id cell) : busy_(busy), cell_(std::move(cell)) {}
        ~busy_mark() { busy_.erase(cell_); }
        busy_mark(const busy_mark&) = delete;
        busy_mark& operator=(const busy_mark&) = delete;

    private:
        std::set<model::cell_id>& busy_;
        model::cell_id cell_;
    };

    struct retry
    {
        trigger_identity trigger;
        unsigned attempts = 0;
        std::chrono::steady_clock::time_point not_before;
        std::string error;
    };

    // agent.cpp: the loops
    task<void> poll_loop();
    task<void> heartbeat_loop();
    task<void> recover_cell(cell_layout layout);
    task<void> save_state();
    void note_change();

    // sweep.cpp: from the bucket to decisions
    task<result<void>> poll();
    task<result<void>> sweep();
    task<seen_trigger> read_trigger(model::cell_id cell);
    task<void> refuse_trigger(model::cell_id cell, trigger_identity trigger, error why);
    void act_on(const deploy_request& request);
    task<void> deploy_cell(deploy_request request);
    task<void> apply(model::cell_id cell, deploy_outcome outcome);
    void enter_state(cell_state& known, std::string_view state) const;
    void postpone(const model::cell_id& cell, const deploy_outcome& outcome);

    // tell.cpp: what became of a deployment is in status.json, whenever the agent was killed or the store away
    task<void> tell(bucket::location at, model::cell_ref cell);
    task<void> tell_all(bucket::location at, model::node_id node);
    task<void> tell_adopted(bucket::location at, deploy_request request);
    static task<bool> ran_once(const host_access& host, installed_cell cell);

    // missing_cells.cpp: cells whose trigger is gone
    task<void> look_for_missing(std::set<model::cell_id> present);
    task<bool> proven_deleted(model::cell_ref cell, bool others_present);
    task<void> remove_missing(model::cell_id cell);

    // by_hand.cpp: what commands on this host ask for
    task<void> request_loop();
    task<void> fulfil(taken_request asked);
    task<result<void>> may_remove(model::cell_id cell);

    // heartbeat.cpp
    task<result<void>> report();
    task<model::agent_report> make_report();

    const host_access& host_;
    bucket::location at_;
    std::string version_;
    std::string instance_;
    agent_state state_;
    std::set<model::cell_id> busy_;
    std::map<model::cell_id, retry> retries_;
    std::map<model::cell_id, unsigned> missing_; // polls in a row without a trigger
    bool bell_exists_ = false;
    std::string bell_etag_;
    std::chrono::steady_clock::time_point next_sweep_{};
    bool look_again_ = false; // the last sweep left something undone, for which the bell will not ring again
    cycle counted_;
    bool stopping_ = false;
    limiter places_;
    limiter saving_;
    task_group loops_;
    task_group deployments_;
    boost::asio::steady_timer changed_;    // cancelled, as a notification, when a heartbeat is due at once
    boost::asio::steady_timer stop_asked_; // likewise, when run() is to end
};

} // namespace fleetman::agent
