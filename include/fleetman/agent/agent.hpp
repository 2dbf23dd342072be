#pragma once

#include <fleetman/agent/alarm.hpp>
#include <fleetman/agent/deploy.hpp>
#include <fleetman/agent/limiter.hpp>
#include <fleetman/agent/pace.hpp>
#include <fleetman/agent/reconcile.hpp>
#include <fleetman/agent/requests.hpp>
#include <fleetman/agent/rival.hpp>
#include <fleetman/agent/state.hpp>
#include <fleetman/agent/supersede.hpp>
#include <fleetman/agent/surroundings.hpp>
#include <fleetman/core/task_group.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
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
    agent(std::shared_ptr<const surroundings> here, boost::asio::any_io_executor executor, std::string version);
    ~agent();

    // Reads what is remembered and begins to recover what was interrupted, which runs on: its cells count as being
    // worked on. Before anything else. Fails with what makes the state file or a folder of services unreadable: an
    // agent that has forgotten everything must not start by deploying everything.
    task<result<void>> start();

    // Polls and reports until stop(); then gives deployments a few seconds to come to their end, and cancels them: a
    // journal tells the next start where to go on. What has stopped a service starts one first (departure.hpp).
    task<void> run();
    void stop();

    // From now on with these; what is under way ends with the old ones. The node and the folders must be the same
    // (reload.hpp). After a change of the store its triggers are adopted where they name what runs.
    void reconfigure(std::shared_ptr<const surroundings> here);

    // One poll, as run() makes one at each interval: a single request while the bell is silent. What follows from it
    // runs on. Fails when the store does not answer.
    task<result<void>> poll();
    // Waits for what start() and polls began; an hour at most.
    task<void> idle();

    // False: a loop of run() is far behind, which only a bug explains. For a watchdog.
    bool makes_progress() const;

    // One line for a service manager's status: "12 cells, 1 being worked on, the store answers".
    std::string summary() const;

    struct cycle
    {
        std::size_t cells = 0;
        std::size_t deployed = 0;
        std::size_t failed = 0;
        std::size_t pending = 0; // will be tried again
    };
    // What start() began, one look at the bucket, all that follows from it, and a heartbeat.
    task<result<cycle>> once();

    // What an operator asks for by hand (by_hand.cpp), also without the store. Returns a sentence that tells what came
    // of it. Fails with conflict while the cell is being worked on, as it may be after start(): see idle().
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
        std::optional<trigger_identity> identity{}; // nothing: it cannot be read just now
        std::optional<deploy_request> request;      // nothing: there is no trigger, or it cannot be read just now
        bool absent = false;                        // the store says that there is none
        std::optional<error> failure{};             // the store did not answer
    };

    // A deployment that has no place yet.
    struct waiting_deployment
    {
        std::shared_ptr<const surroundings> here;
        deploy_request request;
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

    // One of run()'s loops.
    struct loop
    {
        explicit loop(const boost::asio::any_io_executor& executor) : wake(executor) {}

        pace rhythm;
        alarm wake;
        std::chrono::steady_clock::time_point due_back{}; // for makes_progress()
    };

    // What is known of the bell, and of triggers that were written without it.
    struct bell
    {
        std::string etag;
        bool found_unrung = false; // the last sweep saw a trigger that the one before did not
        bool suspicion = false;    // …and nobody had rung
        std::chrono::steady_clock::time_point list_until{};
        std::map<model::cell_id, std::optional<trigger_identity>> writings; // nothing: could not be read
    };

    // Since the start.
    struct tally
    {
        std::uint64_t polls = 0;
        std::uint64_t poll_failures = 0;
        std::optional<std::chrono::steady_clock::time_point> last_success;
        std::map<std::string, std::uint64_t> deployments; // by how they ended
        std::uint64_t downloaded_bytes = 0;
    };

    struct retry
    {
        trigger_identity trigger;
        unsigned attempts = 0;
        std::chrono::steady_clock::time_point not_before;
        std::string error;
    };

    // A round of a loop that takes longer is stuck: every request and command in it has a deadline.
    static constexpr std::chrono::minutes longest_round{30};

    // agent.cpp
    task<void> heartbeat_loop();
    void forget_triggers();
    void forget(const model::cell_id& cell);
    task<void> save_state();
    void note_change();

    // polling.cpp: when to look
    task<void> poll_loop();
    task<void> catch_up();
    void count_poll(const result<void>& done);
    void judge_suspicion(bool rung);
    bool is_retry_due(std::chrono::steady_clock::time_point now) const;
    void note_writing(const model::cell_id& cell, const std::optional<trigger_identity>& read);

    // sweep.cpp: from the bucket to decisions
    task<result<void>> sweep();
    task<seen_trigger> read_trigger(model::cell_id cell);
    task<void> refuse_trigger(model::cell_id cell, trigger_identity trigger, error why);
    void act_on(const deploy_request& request);
    task<void> deploy_cell(model::cell_id cell);
    task<void> apply(model::cell_id cell, deploy_outcome outcome);
    void enter_state(cell_state& known, std::string_view state) const;
    void postpone(const model::cell_id& cell, const deploy_outcome& outcome);

    // unfinished.cpp: what an earlier agent was cut off in, or waits for a service manager to come back
    task<result<void>> find_unfinished();
    void go_on_with_unfinished();
    task<void> finish_cell(model::cell_id cell);

    // tell.cpp: what became of a deployment is in status.json, whenever the agent was killed or the store away
    task<void> tell(bucket::location at, model::cell_ref cell);
    task<void> tell_all(bucket::location at, model::node_id node);
    task<void> tell_adopted(bucket::location at, deploy_request request);
    static task<bool> ran_once(const host_access& host, installed_cell cell);

    // missing_cells.cpp: cells whose trigger is gone
    task<void> look_for_missing(std::set<model::cell_id> present, bool one_was_read);
    task<bool> proven_deleted(model::cell_ref cell, bool another_was_read);
    task<void> remove_missing(model::cell_id cell);
    void not_removed(const model::cell_id& cell, const error& why);

    // by_hand.cpp: what commands on this host ask for
    task<void> request_loop();
    task<void> fulfil(taken_request asked);
    task<result<void>> may_remove(model::cell_id cell);

    // housekeeping.cpp: what nobody needs any more
    task<void> housekeeping_loop();
    task<void> clear_up();

    // heartbeat.cpp
    task<result<void>> report();
    task<model::agent_report> make_report();
    task<void> look_for_rival();
    task<void> watch_loop();
    task<void> write_metrics(const model::agent_report& report);

    std::shared_ptr<const surroundings> now_; // a coroutine keeps the one that it began with
    std::string version_;
    std::string instance_;
    agent_state state_;
    std::set<model::cell_id> busy_;
    std::map<model::cell_id, waiting_deployment> waiting_; // each is of the newest trigger that was seen
    deployments_in_hand in_hand_;
    std::map<model::cell_id, retry> retries_;
    std::set<model::cell_id> unfinished_;        // their journals are still there; see retries_ for when
    std::set<model::cell_id> undone_;            // what was interrupted in them, and they are to be deployed afresh
    std::map<model::cell_id, unsigned> missing_; // polls in a row without a trigger
    bell bell_;
    std::chrono::steady_clock::time_point next_sweep_{};
    bool look_again_ = false; // the last sweep left something undone, for which the bell will not ring again
    cycle counted_;
    bool stopping_ = false;
    limiter places_;
    limiter saving_;                                           // of the state: one at a time
    bool unsaved_ = false;                                     // the disk did not take it; the next poll tries again
    std::map<model::cell_id, model::run_profile> unconcluded_; // as in deploy_outcome; likewise
    task_group loops_;
    task_group deployments_;
    loop polls_;
    loop heartbeats_;
    alarm stop_asked_;
    tally tally_;
    rival_watch rivals_;
    std::string written_report_; // the ETag of the last heartbeat
    std::string last_error_;     // of polls and deployments, for the heartbeat
};

} // namespace fleetman::agent
