#include <fleetman/host/files.hpp>
#include <fleetman/host/folder_watch.hpp>
#include <fleetman/testing/run.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <boost/asio/this_coro.hpp>
#include <catch2/catch.hpp>

#include <chrono>

using namespace fleetman;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// Whether a wait of an hour, begun after `change`, ended by itself: run() gives up long before.
task<bool> is_seen(fs::path folder, fs::path file)
{
    host::folder_watch watch(co_await boost::asio::this_coro::executor, folder);
    host::write_file_durably(file, "", 0600).value();
    co_await watch.wait(1h);
    co_return true;
}

task<bool> ends_after(fs::path folder, milliseconds limit)
{
    host::folder_watch watch(co_await boost::asio::this_coro::executor, folder);
    co_await watch.wait(limit);
    co_return true;
}

} // namespace

TEST_CASE("what comes into a watched folder ends the wait, also when it came before", "[host]")
{
    const testing::scratch_folder scratch;
    CHECK(testing::run(is_seen(scratch.path(), scratch.path() / "new")));
}

TEST_CASE("a wait ends by its limit when nothing comes, and where nothing can be watched", "[host]")
{
    const testing::scratch_folder scratch;
    CHECK(testing::run(ends_after(scratch.path(), 5ms)));
    CHECK(testing::run(ends_after(scratch.path() / "absent", 5ms)));
}
