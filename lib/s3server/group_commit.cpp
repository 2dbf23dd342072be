#include "group_commit.hpp"

#include <exception>

namespace fleetman::s3server {

namespace {

// Bounds how long the first of a batch waits for the last; far above what 64 connections can queue.
constexpr std::size_t batch_limit = 512;

} // namespace

group_commit::group_commit(database index) : index_(std::move(index)), writer_([this] { write_until_stopped(); }) {}

group_commit::~group_commit()
{
    {
        const std::lock_guard lock(guard_);
        stopping_ = true;
    }
    wake_.notify_one();
    writer_.join();
}

void group_commit::enqueue(std::unique_ptr<job> one)
{
    {
        const std::lock_guard lock(guard_);
        queue_.push_back(std::move(one));
    }
    wake_.notify_one();
}

group_commit::batch group_commit::next_batch()
{
    std::unique_lock lock(guard_);
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.size() <= batch_limit)
        return std::exchange(queue_, {});
    const auto end = queue_.begin() + batch_limit;
    batch first(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    return first;
}

void group_commit::write_until_stopped()
{
    for (batch jobs = next_batch(); !jobs.empty(); jobs = next_batch()) {
        const result<void> committed = commit(jobs);
        for (auto& one : jobs) {
            if (!committed)
                one->fail(committed.error());
            one->resume();
            one.reset(); // it holds its caller's event loop, which may be about to end
        }
    }
}

result<void> group_commit::commit(batch& jobs)
{
    result<void> going = index_.execute("BEGIN IMMEDIATE");
    for (std::size_t i = 0; going && i < jobs.size(); ++i)
        going = apply_alone(*jobs[i]);
    if (going)
        going = index_.execute("COMMIT");
    if (!going && index_.in_transaction())
        (void)index_.execute("ROLLBACK");
    return going;
}

// A change that fails takes nothing of the others with it; only the loss of the whole transaction is an error here.
result<void> group_commit::apply_alone(job& one)
{
    result<void> marked = index_.execute("SAVEPOINT change");
    if (!marked)
        return marked;
    bool keep = false;
    try {
        keep = one.apply(index_);
    } catch (const std::exception& bug) {
        one.fail(error(errc::failed, std::string("index: ") + bug.what()));
    }
    if (!index_.in_transaction())
        return error(errc::unavailable, "the index gave up a whole transaction: the disk may be full");
    return index_.execute(keep ? "RELEASE change" : "ROLLBACK TO change; RELEASE change");
}

} // namespace fleetman::s3server
