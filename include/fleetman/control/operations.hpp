#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/core/task_group.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Work that outlives the request that asked for it: the same step for many cells, each with its own outcome, while
// anyone may look at it, wait for it or cancel it. Kept in memory.

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
    progress state = progress::running;
    wall_time started{};
    std::optional<wall_time> ended;
    std::size_t done = 0; // steps that have ended, whatever came of them
    std::vector<step_outcome> steps;
};

class operation_registry
{
public:
    static constexpr std::size_t steps_at_a_time = 8;
    static constexpr std::size_t kept = 500; // ended ones; the oldest are forgotten

    // Performs the step with this index.
    using step = std::function<task<result<void>>(std::size_t)>;

    operation_registry(boost::asio::any_io_executor executor, clock& time);

    // Begins at once; a failed step does not stop the others.
    operation start(std::string kind, std::vector<std::string> cells, step perform);

    // Fails with not_found.
    result<operation> find(std::string_view id) const;
    // Newest first.
    std::vector<operation> all() const;

    // Returns when the operation has ended, or after `limit` as it is then. Fails with not_found.
    task<result<operation>> wait(std::string id, milliseconds limit);

    // Steps under way finish, the others do not begin. Fails with not_found, or conflict when it has ended.
    result<operation> cancel(std::string_view id);

    // Cancels all and waits until the steps under way have ended, which are interrupted after `grace`.
    task<void> stop(milliseconds grace);

private:
    struct entry;
    static task<void> perform(std::shared_ptr<entry> of, step one, clock& time);
    std::shared_ptr<entry> lookup(std::string_view id) const;
    void forget_oldest();

    boost::asio::any_io_executor executor_;
    clock& time_;
    task_group running_;
    std::map<std::string, std::shared_ptr<entry>, std::less<>> entries_; // ids sort by their time
    std::uint64_t next_ = 1;
};

} // namespace fleetman::control
