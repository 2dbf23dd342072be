#include <fleetman/host/folder_watch.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/inotify.h>

namespace fleetman::host {

namespace asio = boost::asio;

folder_watch::folder_watch(const asio::any_io_executor& executor, const std::filesystem::path& path) : events_(executor)
{
    const int number = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (number < 0)
        return;
    (void)::inotify_add_watch(number, path.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    boost::system::error_code ignored;
    events_.assign(number, ignored);
}

task<void> folder_watch::wait(milliseconds limit)
{
    using namespace asio::experimental::awaitable_operators;
    constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
    asio::steady_timer timer(events_.get_executor(), limit);
    if (events_.is_open())
        co_await (events_.async_wait(asio::posix::stream_descriptor::wait_read, quietly) || timer.async_wait(quietly));
    else
        co_await timer.async_wait(quietly);
}

} // namespace fleetman::host
