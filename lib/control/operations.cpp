#include "operation_records.hpp"

#include <fleetman/control/operations.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/timestamp.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace fleetman::control {

namespace {

constexpr std::uint64_t largest_file = std::uint64_t{256} << 20; // that is read; compaction keeps it far below
constexpr std::uint64_t compacted_from = std::uint64_t{4} << 20;

progress overall(const operation& of)
{
    const auto any = [&of](progress wanted) {
        return std::ranges::any_of(of.steps, [wanted](const step_outcome& one) { return one.state == wanted; });
    };
    if (any(progress::failed))
        return progress::failed;
    return any(progress::cancelled) ? progress::cancelled : progress::succeeded;
}

// Sorts by its time, also beside those of an earlier process within the same second.
std::string new_id(wall_time when, std::uint64_t number)
{
    constexpr std::size_t random_bytes = 4;
    constexpr std::uint64_t numbers = 1'000'000; // in a millisecond
    const auto in_second = when.time_since_epoch() % std::chrono::seconds(1);
    const auto ms = static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(in_second).count());
    return sigv4_timestamp(when) + '-' + std::to_string(numbers * (1000 + ms) + number % numbers) + '-' +
           random_hex(random_bytes);
}

bool is_open(const step_outcome& step)
{
    return step.state == progress::waiting || step.state == progress::running;
}

} // namespace

struct operation_registry::entry
{
    entry(const boost::asio::any_io_executor& executor, kept_operation begun)
        : kept(std::move(begun)), ended(executor, std::chrono::steady_clock::time_point::max())
    {}

    kept_operation kept;
    bool resumed = false;
    bool stopped = false;            // a step failed, and it is to stop then
    boost::asio::steady_timer ended; // cancelled, as a notification, at the end

    operation& value() { return kept.value; }
};

std::string_view to_string(progress value)
{
    switch (value) {
    case progress::waiting: return "waiting";
    case progress::running: return "running";
    case progress::succeeded: return "succeeded";
    case progress::failed: return "failed";
    case progress::cancelled: return "cancelled";
    }
    return "failed";
}

operation_registry::operation_registry(boost::asio::any_io_executor executor, clock& time)
    : executor_(executor), time_(time), running_(executor, "operations")
{}

operation_registry::~operation_registry() = default;

void operation_registry::perform_with(std::string kind, performer how)
{
    performers_.insert_or_assign(std::move(kind), std::move(how));
}

result<void> operation_registry::keep_in(const std::filesystem::path& file, worker_pool& pool)
{
    result<record_file> opened = record_file::open(file);
    if (!opened)
        return opened.error();
    kept_operations known;
    std::size_t strange = 0;
    auto read =
        read_records(file, largest_file, [&](std::string_view line) { strange += take_record(known, line) ? 0 : 1; });
    if (!read)
        return read;
    if (strange > 0)
        log::warning("operations", "lines-not-understood", {{"file", file.string()}, {"lines", strange}});
    for (auto& [id, one] : known)
        entries_.emplace(id, std::make_shared<entry>(executor_, std::move(one)));
    forget_oldest();
    records_ = std::make_unique<record_log>(executor_, pool, std::move(*opened),
        record_log::bounds{.largest = compacted_from, .rewritten = [this] { return everything(); }});
    return {};
}

void operation_registry::resume()
{
    for (const auto& [id, of] : entries_) {
        if (of->value().ended)
            continue;
        of->resumed = true;
        const auto pause = time_.now() - of->kept.heard_of;
        log::info("operations", "resumed", {{"operation", id}, {"kind", of->value().kind}});
        if (!performers_.contains(of->value().kind))
            give_up(*of, error(errc::unsupported, "the controller was restarted and does not know this work"));
        else if (pause > resumed_for)
            give_up(*of, error(errc::cancelled, "the controller was down when it was this cell's turn, and too long to "
                                                "go on unasked; ask again"));
        else
            running_.spawn(perform(of));
    }
}

operation_registry::shared_entry operation_registry::add(operation value)
{
    const wall_time now = value.started;
    const auto of = std::make_shared<entry>(executor_, kept_operation{std::move(value), false, now});
    entries_.emplace(of->value().id, of);
    forget_oldest();
    return of;
}

task<result<operation>> operation_registry::start(operation_order order)
{
    if (stopping_)
        co_return error(errc::unavailable, "the controller is stopping");
    operation begun{.id = {},
        .kind = std::move(order.kind),
        .who = std::move(order.who),
        .details = std::move(order.details),
        .stop_on_error = order.stop_on_error,
        .started = time_.now(),
        .ended = std::nullopt,
        .steps = {}};
    begun.id = new_id(begun.started, next_++);
    for (std::string& cell : order.cells)
        begun.steps.push_back({std::move(cell), progress::waiting, std::nullopt});

    log::info("operations", "started",
        {{"operation", begun.id}, {"kind", begun.kind}, {"who", begun.who.name}, {"steps", begun.steps.size()}});
    const shared_entry of = add(std::move(begun));
    if (records_) {
        auto recorded = co_await records_->append(begin_record(of->value()));
        if (!recorded) {
            entries_.erase(of->value().id);
            co_return recorded.error().within("the operation cannot be kept");
        }
    }
    changed(of->value());
    running_.spawn(perform(of));
    co_return of->value();
}

task<result<void>> operation_registry::perform_step(shared_entry of, performer how, std::size_t index)
{
    operation& value = of->value();
    if (!is_open(value.steps[index]))
        co_return result<void>();
    const result<semaphore::permit> turn = co_await turns_.acquire();
    if (stopping_ || !turn)
        co_return result<void>();
    if (of->kept.cancelled || of->stopped) {
        end_step(*of, index, progress::cancelled, std::nullopt);
        co_return result<void>();
    }
    value.steps[index].state = progress::running;
    changed(value);
    task<result<void>> work = how({value.id, value.started, value.details, value.steps[index].cell, of->resumed});
    const result<void> done = co_await std::move(work);
    if (!done && stopping_ && done.error().code() == errc::cancelled)
        co_return result<void>(); // interrupted by stop(): it has not ended
    if (done)
        end_step(*of, index, progress::succeeded, std::nullopt);
    else
        end_step(*of, index, progress::failed, done.error());
    co_return result<void>();
}

void operation_registry::end_step(entry& of, std::size_t index, progress state, std::optional<error> why)
{
    operation& value = of.value();
    step_outcome& step = value.steps[index];
    step.state = state;
    step.why = std::move(why);
    ++value.done;
    of.stopped = of.stopped || (value.stop_on_error && state == progress::failed);
    of.kept.heard_of = time_.now();
    if (step.why)
        log::warning("operations", "step-failed",
            {{"operation", value.id}, {"cell", step.cell}, {"error", step.why->message()}});
    record(step_record(value, index, of.kept.heard_of));
    changed(value);
}

task<void> operation_registry::perform(shared_entry of)
{
    operation& value = of->value();
    std::exception_ptr interrupted;
    try {
        co_await for_each_concurrently(value.steps.size(), steps_at_a_time,
            [this, of, how = performers_.at(value.kind)](std::size_t i) { return perform_step(of, how, i); });
    } catch (...) {
        interrupted = std::current_exception(); // a bug, or stop(): what had not ended did not succeed
    }
    const bool unfinished = std::ranges::any_of(value.steps, is_open);
    const bool goes_on_later = stopping_ && unfinished && !of->kept.cancelled && records_;
    if (goes_on_later)
        log::info("operations", "interrupted", {{"operation", value.id}, {"done", value.done}});
    else if (interrupted && !stopping_)
        give_up(*of, error(errc::failed, "an internal error ended the operation; the log has it"));
    else
        end(*of);
    if (interrupted)
        std::rethrow_exception(interrupted);
}

void operation_registry::end(entry& of)
{
    operation& value = of.value();
    for (std::size_t i = 0; i < value.steps.size(); ++i)
        if (is_open(value.steps[i]))
            end_step(of, i, progress::cancelled, std::nullopt);
    value.state = overall(value);
    value.ended = time_.now();
    log::info("operations", "ended", {{"operation", value.id}, {"state", to_string(value.state)}});
    record(end_record(value));
    changed(value);
    of.ended.cancel();
}

void operation_registry::give_up(entry& of, const error& why)
{
    for (std::size_t i = 0; i < of.value().steps.size(); ++i)
        if (is_open(of.value().steps[i]))
            end_step(of, i, of.kept.cancelled ? progress::cancelled : progress::failed, why);
    end(of);
}

void operation_registry::changed(const operation& value) const
{
    for (const observer& tell : observers_)
        tell(value);
}

void operation_registry::record(const std::string& line)
{
    if (records_)
        records_->post(line);
}

std::string operation_registry::everything() const
{
    std::string lines;
    for (const auto& [id, of] : entries_)
        lines += all_records(of->kept);
    return lines;
}

operation_registry::shared_entry operation_registry::lookup(std::string_view id) const
{
    const auto place = entries_.find(id);
    return place == entries_.end() ? nullptr : place->second;
}

result<operation> operation_registry::find(std::string_view id) const
{
    const auto of = lookup(id);
    if (!of)
        return error(errc::not_found, "there is no such operation");
    return of->value();
}

void operation_registry::each(const viewer& go_on, std::string_view before) const
{
    auto place = before.empty() ? entries_.end() : entries_.lower_bound(before);
    while (place != entries_.begin())
        if (--place; !go_on(place->second->value()))
            return;
}

task<result<operation>> operation_registry::wait(std::string id, milliseconds limit)
{
    const auto of = lookup(id);
    if (!of)
        co_return error(errc::not_found, "there is no such operation");
    if (!of->value().ended) {
        using namespace boost::asio::experimental::awaitable_operators;
        constexpr auto quietly = boost::asio::as_tuple(boost::asio::use_awaitable);
        boost::asio::steady_timer enough(executor_, limit);
        co_await (of->ended.async_wait(quietly) || enough.async_wait(quietly));
    }
    co_return of->value();
}

task<result<operation>> operation_registry::cancel(std::string id)
{
    const auto of = lookup(id);
    if (!of)
        co_return error(errc::not_found, "there is no such operation");
    if (of->value().ended)
        co_return error(errc::conflict, "the operation has ended");
    of->kept.cancelled = true;
    if (records_) {
        auto recorded = co_await records_->append(cancel_record(of->value(), time_.now()));
        if (!recorded)
            co_return recorded.error();
    }
    co_return of->value();
}

task<void> operation_registry::stop(milliseconds grace)
{
    stopping_ = true;
    co_await running_.drain(grace);
    if (records_)
        co_await records_->stop();
}

void operation_registry::forget_oldest()
{
    std::size_t ended = 0;
    std::size_t steps = 0;
    for (auto place = entries_.end(); place != entries_.begin();) { // the newest first
        --place;
        const operation& value = place->second->value();
        if (!value.ended)
            continue;
        steps += value.steps.size();
        ++ended;
        if (ended > kept || (steps > kept_steps && ended > 1))
            place = entries_.erase(place);
    }
}

} // namespace fleetman::control
