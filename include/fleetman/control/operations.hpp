#pragma once

#include <fleetman/control/actor.hpp>
#include <fleetman/control/record_log.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/core/semaphore.hpp>
#include <fleetman/core/task_group.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/json/object.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Work that outlives the request that asked for it, and the process: the same step for many cells, each with its own
// outcome, while anyone may look at it, wait for it or cancel it. Kept on disk: an operation that was cut off goes on
// when the controller starts again.

namespace fleetman::control {

enum class progress
{
    waiting, // only of a step
    running,
    succeeded,
    failed,
    cancelled
};

std::string_view to_string(progress value);

struct step_outcome
{
    std::string cell; // "node/cell"
    progress state = progress::waiting;
    std::optional<error> why;
};

struct operation
{
    std::string id;   // opaque
    std::string kind; // "publish"
    actor who;
    boost::json::object details; // what it is about: {"manifest": …, "version": …}
    bool stop_on_error = false;
    progress state = progress::running;
    wall_time started{};
    std::optional<wall_time> ended;
    std::size_t done = 0; // steps that have ended, whatever came of them
    std::vector<step_outcome> steps;
};

// What to do, and for whom.
struct operation_order
{
    std::string kind;
    std::vector<std::string> cells;
    boost::json::object details;
    actor who;
    bool stop_on_error = false; // after a failure no further step begins
};

// One cell's part of it, as its performer sees it.
struct operation_step
{
    std::string operation;
    wall_time started{}; // the operation
    boost::json::object details;
    std::string cell;
    bool resumed = false; // the controller was restarted since: this step may have been done, in part or wholly
};

class operation_registry
{
public:
    static constexpr std::size_t steps_at_a_time = 16;     // in all operations together
    static constexpr std::size_t kept = 500;               // ended ones; the oldest are forgotten
    static constexpr std::size_t kept_steps = 100'000;     // of all ended ones together, likewise
    static constexpr std::chrono::minutes resumed_for{60}; // after its last step ended, or it began

    using performer = std::function<task<result<void>>(operation_step)>;
    using observer = std::function<void(const operation&)>;

    operation_registry(boost::asio::any_io_executor executor, clock& time);
    ~operation_registry(); // after stop()

    // How steps of a kind are performed, also those of operations that an earlier process began. Performing a step
    // again that was cut off anywhere must end well.
    void perform_with(std::string kind, performer how);

    // Called at every change of an operation: it began, a step began or ended, it ended.
    void on_change(observer tell) { observers_.push_back(std::move(tell)); }

    // Reads what is on disk and keeps everything there from now on. Blocks; call it before the first operation begins.
    // Fails with denied or failed.
    result<void> keep_in(const std::filesystem::path& file, worker_pool& pool);
    // Goes on with what was cut off. What was cut off longer ago than `resumed_for` fails instead: whoever asked for it
    // may want something else by now.
    void resume();

    // Begins once it is on disk. Fails with failed when it cannot be kept.
    task<result<operation>> start(operation_order order);

    // Fails with not_found.
    result<operation> find(std::string_view id) const;
    // Shows each, the newest first, as long as `go_on` returns true. With `before`, those that are older than that id.
    using viewer = std::function<bool(const operation&)>;
    void each(const viewer& go_on, std::string_view before = {}) const;
    std::size_t size() const noexcept { return entries_.size(); }

    // Returns when the operation has ended, or after `limit` as it is then. Fails with not_found.
    task<result<operation>> wait(std::string id, milliseconds limit);

    // Steps under way finish, the others do not begin. Fails with not_found, or conflict when it has ended.
    task<result<operation>> cancel(std::string id);

    // No further step begins. Waits until the steps under way have ended, which are interrupted after `grace`. What is
    // not done by then goes on after the next start.
    task<void> stop(milliseconds grace);

private:
    struct entry;
    using shared_entry = std::shared_ptr<entry>;

    shared_entry add(operation value);
    task<void> perform(shared_entry of);
    task<result<void>> perform_step(shared_entry of, performer how, std::size_t index);
    void end_step(entry& of, std::size_t index, progress state, std::optional<error> why);
    void end(entry& of);
    void give_up(entry& of, const error& why);
    void changed(const operation& value) const;
    void record(const std::string& line);
    std::string everything() const;
    shared_entry lookup(std::string_view id) const;
    void forget_oldest();

    boost::asio::any_io_executor executor_;
    clock& time_;
    semaphore turns_{steps_at_a_time};
    task_group running_;
    std::map<std::string, performer, std::less<>> performers_;
    std::vector<observer> observers_;
    std::map<std::string, shared_entry, std::less<>> entries_; // ids sort by their time
    std::unique_ptr<record_log> records_;                      // null: in memory only
    std::uint64_t next_ = 1;
    bool stopping_ = false;
};

} // namespace fleetman::control
