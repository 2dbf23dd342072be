#include "audit_records.hpp"

#include <fleetman/core/random.hpp>
#include <fleetman/core/timestamp.hpp>

#include <utility>

namespace fleetman::control {

audit::audit(boost::asio::any_io_executor executor, clock& time) : executor_(std::move(executor)), time_(time) {}

audit::~audit() = default;

result<void> audit::keep_in(const std::filesystem::path& file, worker_pool& pool)
{
    result<record_file> opened = record_file::open(file);
    if (!opened)
        return opened.error();
    file_ = file;
    pool_ = &pool;
    records_ = std::make_unique<record_log>(
        executor_, pool, std::move(*opened), record_log::bounds{.largest = file_bytes, .kept = files_kept});
    return {};
}

task<result<std::string>> audit::begin(actor who, std::string what)
{
    constexpr std::size_t longest_what = 1500;
    constexpr std::size_t id_bytes = 6;
    if (!records_)
        co_return std::string();
    const wall_time now = time_.now();
    const audit_entry entry{.id = sigv4_timestamp(now) + '-' + random_hex(id_bytes),
        .when = now,
        .who = std::move(who),
        .what = what.substr(0, longest_what),
        .ended = std::nullopt};
    auto written = co_await records_->append(begin_record(entry));
    if (!written)
        co_return error(errc::unavailable,
            "nothing was changed, because it cannot be written to the audit log: " + written.error().message());
    co_return entry.id;
}

void audit::end(const std::string& id, const outcome& came_of_it)
{
    if (records_ && !id.empty())
        records_->post(end_record(id, time_.now(), came_of_it));
}

task<result<audit::page>> audit::find(query wanted)
{
    if (!records_)
        co_return page{};
    co_return co_await pool_->run([this, &wanted] { return find_entries(file_, wanted); });
}

task<void> audit::stop()
{
    if (records_)
        co_await records_->stop();
}

} // namespace fleetman::control
