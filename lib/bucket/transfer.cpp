#include "pipe.hpp"

#include <fleetman/bucket/transfer.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

namespace fleetman::bucket {
namespace {

// Up to here an object is held whole, and the store retries for itself.
constexpr std::uint64_t streamed_from_bytes = std::uint64_t{1} << 20;

// An ETag that was listed before the object was read, or nothing.
result<void> require_listed(const std::string& listed, const storage::object_info& read)
{
    if (listed.empty() || listed == read.etag)
        return {};
    return error(errc::conflict, read.key + " changed while it was being copied");
}

task<result<std::string>> copy_in_memory(object_address from, object_address to, std::string etag)
{
    result<storage::object> whole = co_await from.store->get(from.key, streamed_from_bytes);
    if (!whole)
        co_return whole.error();
    if (auto same = require_listed(etag, whole->info); !same)
        co_return same.error();
    co_return co_await to.store->put(to.key, std::move(whole->body));
}

// `etag` empty: whatever the object is now.
task<result<void>> fill(object_address from, std::string etag, pipe& through)
{
    result<storage::object_info> read = co_await from.store->get(from.key, through);
    result<void> outcome = read ? require_listed(etag, *read) : result<void>(read.error());
    co_await through.finish(outcome);
    co_return outcome;
}

task<result<std::string>> empty(pipe& through, object_address to, std::uint64_t size)
{
    result<std::string> written = co_await to.store->put(to.key, through, size);
    through.stop_reading();
    co_return written;
}

task<result<std::string>> copy_streamed(object_address from, object_address to, std::uint64_t size, std::string etag)
{
    using namespace boost::asio::experimental::awaitable_operators;
    pipe through(co_await boost::asio::this_coro::executor);
    auto [filled, emptied] = co_await (fill(from, etag, through) && empty(through, to, size));
    // Each side fails when the other does; the one that began says why.
    if (!filled && filled.error().code() != errc::cancelled)
        co_return filled.error();
    co_return emptied;
}

task<result<std::string>> copy_expecting(object_address from, object_address to, std::uint64_t size, std::string etag)
{
    if (from.store == to.store)
        co_return co_await to.store->copy(from.key, to.key, std::move(etag));
    if (size <= streamed_from_bytes)
        co_return co_await copy_in_memory(std::move(from), std::move(to), std::move(etag));
    co_return co_await copy_streamed(std::move(from), std::move(to), size, std::move(etag));
}

// Lives as long as someone pulls; the reading goes on in its group until it notices.
class pulled_object final : public byte_source
{
public:
    explicit pulled_object(std::shared_ptr<pipe> through) : through_(std::move(through)) {}
    ~pulled_object() override { through_->stop_reading(); }
    task<result<std::string>> read(std::size_t max) override { return through_->read(max); }

private:
    std::shared_ptr<pipe> through_;
};

task<void> fill_shared(object_address from, std::shared_ptr<pipe> through)
{
    co_await fill(std::move(from), std::string(), *through);
}

task<void> fill_part(object_address from, object_part part, std::shared_ptr<pipe> through)
{
    const result<storage::object_info> read =
        co_await from.store->get_part(from.key, part.etag, part.first, part.length, *through);
    co_await through->finish(read ? result<void>() : result<void>(read.error()));
}

} // namespace

std::shared_ptr<byte_source> read_stream(task_group& group, const boost::asio::any_io_executor& executor,
    object_address from, std::optional<object_part> part)
{
    auto through = std::make_shared<pipe>(executor);
    if (part)
        group.spawn(fill_part(std::move(from), std::move(*part), through));
    else
        group.spawn(fill_shared(std::move(from), through));
    return std::make_shared<pulled_object>(std::move(through));
}

task<result<void>> copy_object(object_address from, object_address to, std::uint64_t size)
{
    result<std::string> copied = co_await copy_expecting(std::move(from), std::move(to), size, std::string());
    if (!copied)
        co_return copied.error();
    co_return result<void>();
}

task<result<std::string>> copy_listed(object_address from, object_address to, storage::object_info listed)
{
    return copy_expecting(std::move(from), std::move(to), listed.size, std::move(listed.etag));
}

task<result<void>> move_folder(std::shared_ptr<storage::object_store> in, std::string from, std::string to,
    std::vector<storage::object_info> objects, std::string first, std::function<task<result<void>>()> between)
{
    constexpr std::size_t copies_at_a_time = 16;
    const auto all = std::make_shared<const std::vector<storage::object_info>>(std::move(objects));
    result<void> done = co_await for_each_concurrently(
        all->size(), copies_at_a_time, [in, all, from_size = from.size(), to](std::size_t i) {
            const storage::object_info& one = (*all)[i];
            return copy_object({in, one.key}, {in, to + one.key.substr(from_size)}, one.size);
        });
    if (done)
        done = co_await in->remove(first);
    if (done && between) {
        task<result<void>> step = between();
        done = co_await std::move(step);
    }
    if (!done)
        co_return done;
    std::vector<std::string> rest;
    for (const storage::object_info& one : *all)
        if (one.key != first)
            rest.push_back(one.key);
    co_return co_await in->remove_all(std::move(rest));
}

} // namespace fleetman::bucket
