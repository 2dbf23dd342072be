#include "download.hpp"
#include "integrity.hpp"
#include "turnstile.hpp"

#include <fleetman/core/task_group.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace fleetman::s3 {
namespace {

// Ranges are read side by side into memory and written in order: as many buffers as there are readers.
class ranged_download
{
public:
    ranged_download(session& on, storage::object_info of, byte_sink& to, const boost::asio::any_io_executor& executor)
        : on_(on), of_(std::move(of)), checked_(to), order_(executor)
    {}

    task<result<storage::object_info>> run(std::size_t readers)
    {
        const std::uint64_t count = (of_.size + part_bytes() - 1) / part_bytes();
        result<void> done = co_await for_each_concurrently(
            static_cast<std::size_t>(count), readers, [this](std::size_t index) { return pass_on(index); });
        if (!done)
            co_return done.error();
        if (tells_md5(first_) && checked_.md5() != of_.etag)
            co_return error(errc::unavailable, "get " + of_.key + ": what arrived does not match its ETag");
        co_return of_;
    }

private:
    std::uint64_t part_bytes() const { return on_.settings().get_part_bytes; }

    task<result<void>> pass_on(std::size_t index)
    {
        turnstile::passage passage(order_);
        result<void> passed = co_await read_and_write(index);
        if (!passed)
            co_return passed;
        order_.pass();
        passage.ends_well();
        co_return passed;
    }

    task<result<void>> read_and_write(std::size_t index)
    {
        result<std::string> bytes = co_await read(index);
        if (!bytes)
            co_return bytes.error();
        if (!co_await order_.reach(index))
            co_return error(errc::cancelled, "another range failed");
        co_return co_await checked_.write(*bytes);
    }

    // Into memory, so a range that was cut can be asked for again.
    task<result<std::string>> read(std::size_t index)
    {
        const std::uint64_t first = index * part_bytes();
        const std::uint64_t length = std::min(part_bytes(), of_.size - first);
        for (unsigned attempt = 1;; ++attempt) {
            string_sink bytes(length);
            wire_response head;
            result<storage::object_info> got =
                co_await download_part(on_, {of_.key, of_.etag, first, length}, bytes, &head);
            if (got && got->size != of_.size)
                co_return error(errc::conflict, "get " + of_.key + ": it has another size than was listed");
            if (got && index == 0)
                first_ = std::move(head);
            if (got)
                co_return bytes.take();
            if (got.error().code() != errc::unavailable || attempt >= on_.settings().attempts)
                co_return got.error();
            co_await on_.pause_before(attempt + 1);
        }
    }

    session& on_;
    storage::object_info of_;
    hashing_sink checked_;
    turnstile order_;
    wire_response first_; // headers of the first range
};

} // namespace

task<result<storage::object_info>> download_in_ranges(session& on, storage::object_info of, byte_sink& to)
{
    const std::size_t readers = on.settings().parts_at_once;
    const std::optional<semaphore::permit> buffers = on.part_buffers().try_acquire(readers);
    // Others have all of the memory that there is for it: a single stream takes none.
    if (!buffers || of.size <= on.settings().get_part_bytes || of.etag.empty()) {
        result<storage::object_info> got = co_await download(on, of.key, to);
        if (got && !of.etag.empty() && got->etag != of.etag)
            co_return error(errc::conflict, "get " + of.key + ": changed by someone else");
        co_return got;
    }
    ranged_download all(on, std::move(of), to, co_await boost::asio::this_coro::executor);
    co_return co_await all.run(readers);
}

} // namespace fleetman::s3
