#include "body_checker.hpp"

#include <fleetman/core/log.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::s3server {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t page = 100;
constexpr auto between_rounds = 24h;

// Gentle enough not to be felt: 20 MiB or 2,500 small bodies a second.
constexpr std::uint64_t bytes_before_pause = std::uint64_t{1} << 20;
constexpr std::uint64_t cost_of_a_body = std::uint64_t{8} << 10;
constexpr milliseconds pause = 50ms;

} // namespace

task<void> body_checker::run()
{
    for (;;) {
        co_await look_through();
        co_await parts_.time.sleep(between_rounds);
    }
}

task<void> body_checker::look_through()
{
    body_position from;
    for (;;) {
        auto bodies =
            co_await parts_.index.read([&from](index_reader& index) { return index.bodies_after(from, page); });
        if (!bodies) {
            log::error("store", "bodies-not-checked", {{"error", bodies.error().message()}});
            co_return;
        }
        if (bodies->empty())
            co_return;
        from = {bodies->back().bucket_id, bodies->back().key};
        for (kept_body& one : *bodies)
            co_await look_at(std::move(one));
    }
}

task<void> body_checker::look_at(kept_body one)
{
    auto reading = co_await parts_.index.read(
        [&](index_reader& index) { return body_reading::begin(parts_.bodies, index, std::move(one)); });
    const result<void> read = reading ? co_await read_through(*reading) : result<void>(reading.error());
    if (!read) { // the disk may answer another time
        log::warning("store", "body-not-read", {{"error", read.error().message()}});
        co_return;
    }
    const kept_body& body = reading->body();
    if (reading->damage().empty() && !body.sha256.empty() && !body.damaged)
        co_return;
    const std::string sha256 = reading->damage().empty() ? reading->sha256() : std::string();
    const result<bool> noted = co_await parts_.index.write(
        [&](index_writer& index) { return index.note_check(body, sha256, parts_.time.now()); });
    if (!noted)
        log::warning("store", "body-check-not-noted", {{"error", noted.error().message()}});
    else if (*noted && !reading->damage().empty() && !body.damaged)
        log::error("store", "object-damaged",
            {{"bucket", body.bucket}, {"key", body.key}, {"why", reading->damage()},
                {"consequence", "it is not served any more: put it again, or restore it from a backup"}});
}

task<result<void>> body_checker::read_through(body_reading& reading)
{
    for (;;) {
        result<bool> more = co_await parts_.workers.run([&reading] { return reading.go_on(); });
        if (!more)
            co_return more.error();
        co_await pause_after(*more ? std::min(bytes_before_pause, reading.body().size) : cost_of_a_body);
        if (!*more)
            co_return result<void>();
    }
}

task<void> body_checker::pause_after(std::uint64_t bytes)
{
    unpaused_ += bytes;
    if (unpaused_ < bytes_before_pause)
        co_return;
    unpaused_ = 0;
    co_await parts_.time.sleep(pause);
}

} // namespace fleetman::s3server
