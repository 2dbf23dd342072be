#include "pipe.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace fleetman::bucket {

pipe::pipe(const boost::asio::any_io_executor& executor)
    : signal_(executor, std::chrono::steady_clock::time_point::max())
{}

task<result<void>> pipe::write(std::string_view chunk)
{
    std::string before = std::exchange(held_, std::string(chunk));
    if (before.empty())
        co_return result<void>();
    co_return co_await pass(std::move(before));
}

task<void> pipe::finish(result<void> outcome)
{
    if (outcome && !held_.empty())
        outcome = co_await pass(std::move(held_));
    if (!outcome)
        failure_ = outcome.error();
    ended_ = true;
    wake();
}

task<result<std::string>> pipe::read(std::size_t max)
{
    while (ready_.empty() && !ended_)
        co_await changed();
    if (failure_)
        co_return *failure_;
    std::string piece = ready_.substr(0, max);
    ready_.erase(0, piece.size());
    wake();
    co_return piece;
}

void pipe::stop_reading()
{
    stopped_ = true;
    wake();
}

task<result<void>> pipe::pass(std::string block)
{
    while (!ready_.empty() && !stopped_)
        co_await changed();
    if (stopped_)
        co_return error(errc::cancelled, "the other side stopped reading");
    ready_ = std::move(block);
    wake();
    co_return result<void>();
}

task<void> pipe::changed()
{
    co_await signal_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

} // namespace fleetman::bucket
