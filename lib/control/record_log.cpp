#include <fleetman/control/record_log.hpp>
#include <fleetman/core/log.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace fleetman::control {

namespace asio = boost::asio;

struct record_log::batch
{
    explicit batch(const asio::any_io_executor& executor)
        : written(executor, std::chrono::steady_clock::time_point::max())
    {}

    std::string lines;
    std::optional<result<void>> outcome;
    asio::steady_timer written; // cancelled, as a notification
};

struct record_log::state
{
    asio::any_io_executor executor;
    worker_pool& pool;
    record_file file;
    bounds limits;
    std::uint64_t largest; // the next size at which something is done about it
    std::shared_ptr<batch> open;
    bool writing = false;
};

record_log::record_log(asio::any_io_executor executor, worker_pool& pool, record_file file, bounds limits)
    : state_(std::make_shared<state>(
          state{executor, pool, std::move(file), limits, limits.largest, std::make_shared<batch>(executor)})),
      writing_(executor, "records")
{}

record_log::~record_log() = default;

std::shared_ptr<record_log::batch> record_log::add(std::string_view line)
{
    const auto in = state_->open;
    in->lines.append(line).push_back('\n');
    if (!std::exchange(state_->writing, true))
        writing_.spawn(write(state_));
    return in;
}

task<result<void>> record_log::append(std::string line)
{
    const auto in = add(line);
    while (!in->outcome)
        co_await in->written.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return *in->outcome;
}

void record_log::post(std::string line)
{
    add(line);
}

namespace {

// Blocks. A file that cannot be made smaller grows on, which is said, and takes the lines all the same.
result<void> write_batch(record_file& file, const std::string& lines, bool full, std::size_t kept)
{
    if (full && kept > 0)
        if (auto rotated = file.rotate(kept); !rotated)
            log::warning("records", "not-rotated", {{"error", rotated.error().message()}});
    return file.append(lines);
}

} // namespace

task<void> record_log::write(std::shared_ptr<state> of)
{
    while (!of->open->lines.empty()) {
        const auto now = std::exchange(of->open, std::make_shared<batch>(of->executor));
        result<void> outcome;
        const bool full = of->file.size() + now->lines.size() > of->largest;
        try {
            if (full && of->limits.rewritten) {
                // What is known by now includes the lines that wait.
                const std::string all = of->limits.rewritten();
                outcome = co_await of->pool.run([&] { return of->file.replace(all); });
                of->largest = std::max(of->limits.largest, 2 * of->file.size());
            } else {
                outcome =
                    co_await of->pool.run([&] { return write_batch(of->file, now->lines, full, of->limits.kept); });
            }
        } catch (const std::exception& bug) {
            outcome = error(errc::failed, bug.what());
        }
        if (!outcome)
            log::error(
                "records", "not-written", {{"file", of->file.path().string()}, {"error", outcome.error().message()}});
        now->outcome = outcome;
        now->written.cancel();
    }
    of->writing = false;
}

task<void> record_log::stop()
{
    constexpr std::chrono::seconds disk_patience(60); // for a disk that hangs; writing ends by itself
    co_await writing_.drain(disk_patience);
}

} // namespace fleetman::control
