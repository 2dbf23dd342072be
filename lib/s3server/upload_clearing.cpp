#include "operations.hpp"
#include "upload_clearing.hpp"

#include <fleetman/core/log.hpp>

#include <utility>

namespace fleetman::s3server {

using namespace std::chrono_literals;

namespace {

constexpr auto longest_pause = 7 * 24h; // of an upload; far longer than one takes
constexpr auto between_looks = 1h;
constexpr std::size_t at_once = 100;

// True when there may be more.
task<bool> clear_some(store_parts& parts)
{
    const wall_time before = parts.time.now() - longest_pause;
    auto stale = co_await parts.index.read([&](index_reader& index) { return index.stale_uploads(before, at_once); });
    if (!stale) {
        log::error("store", "uploads-not-cleared", {{"error", stale.error().message()}});
        co_return false;
    }
    for (const std::string& id : *stale) {
        auto freed = co_await parts.index.write([&id](index_writer& index) { return index.abort_upload(id); });
        if (!freed) {
            log::error("store", "upload-not-cleared", {{"upload", id}, {"error", freed.error().message()}});
            co_return false;
        }
        co_await remove_files(parts, std::move(*freed));
    }
    if (!stale->empty())
        log::info("store", "uploads-cleared", {{"count", stale->size()}});
    co_return stale->size() == at_once;
}

} // namespace

task<void> clear_uploads(store_parts parts)
{
    for (;;) {
        while (co_await clear_some(parts)) {
        }
        co_await parts.time.sleep(between_looks);
    }
}

} // namespace fleetman::s3server
