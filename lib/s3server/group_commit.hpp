#pragma once

#include "sqlite.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

// One thread that writes. All changes waiting at one moment share a transaction, and so one fsync; each is told that it
// happened only when that has returned.

namespace fleetman::s3server {

class group_commit
{
public:
    explicit group_commit(database index);
    ~group_commit(); // finishes what is queued
    group_commit(const group_commit&) = delete;
    group_commit& operator=(const group_commit&) = delete;

    // Calls `change(database&)`, which returns a result<T>, on the writer's thread, and comes back to the caller's
    // executor when the change is durable. Nothing of a change that fails remains. Not interruptible, so `change` may
    // refer to what the caller keeps alive.
    template <class Change>
    task<std::invoke_result_t<Change, database&>> run(Change change);

private:
    class job
    {
    public:
        virtual ~job() = default;
        virtual bool apply(database& index) = 0; // false: to be undone
        virtual void fail(const error& reason) = 0;
        virtual void resume() = 0;
    };
    template <class Change, class Handler>
    class job_of;

    using batch = std::vector<std::unique_ptr<job>>;

    void enqueue(std::unique_ptr<job> one);
    batch next_batch(); // empty: stop
    void write_until_stopped();
    result<void> commit(batch& jobs);
    result<void> apply_alone(job& one);

    database index_;
    std::mutex guard_;
    std::condition_variable wake_;
    batch queue_;
    bool stopping_ = false;
    std::thread writer_; // last: it uses the rest
};

template <class Change, class Handler>
class group_commit::job_of final : public job
{
public:
    using outcome = std::optional<std::invoke_result_t<Change, database&>>;

    job_of(Change& change, outcome& out, Handler handler)
        : change_(change), out_(out), handler_(std::move(handler)),
          guard_(boost::asio::make_work_guard(boost::asio::get_associated_executor(handler_)))
    {}

    bool apply(database& index) override
    {
        out_.emplace(change_(index));
        return out_->has_value();
    }
    void fail(const error& reason) override { out_.emplace(reason); }
    void resume() override
    {
        auto executor = guard_.get_executor();
        boost::asio::post(executor, std::move(handler_));
    }

private:
    Change& change_;
    outcome& out_;
    Handler handler_;
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> guard_;
};

template <class Change>
task<std::invoke_result_t<Change, database&>> group_commit::run(Change change)
{
    namespace asio = boost::asio;
    std::optional<std::invoke_result_t<Change, database&>> outcome;
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&](auto handler) {
            using kind = job_of<Change, decltype(handler)>;
            enqueue(std::make_unique<kind>(change, outcome, std::move(handler)));
        },
        asio::use_awaitable);
    co_return std::move(*outcome);
}

} // namespace fleetman::s3server
