#pragma once

#include <fleetman/core/clock.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>

// Tells that something came into a folder, so that nobody has to look again and again (inotify(7)).

namespace fleetman::host {

class folder_watch
{
public:
    // Of what comes from now on: make it before looking at what is there. A folder that cannot be watched (it is
    // absent, the kernel's watches are used up) is one in which nothing is ever seen to happen.
    folder_watch(const boost::asio::any_io_executor& executor, const std::filesystem::path& path);

    // Returns when a name was made in the folder or moved into it since, and after `limit` in any case. At once when
    // the caller is cancelled.
    task<void> wait(milliseconds limit);

private:
    boost::asio::posix::stream_descriptor events_;
};

} // namespace fleetman::host
