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

struct operation_registry::entry
{
    entry(const boost::asio::any_io_executor& executor, operation begun)
        : value(std::move(begun)), ended(executor, std::chrono::steady_clock::time_point::max())
    {}

    operation value;
    bool cancelled = false;
    boost::asio::steady_timer ended; // cancelled, as a notification, at the end
};

namespace {

progress overall(const operation& of)
{
    const auto any = [&of](progress wanted) {
        return std::ranges::any_of(of.steps, [wanted](const step_outcome& one) { return one.state == wanted; });
    };
    if (any(progress::failed))
        return progress::failed;
    return any(progress::cancelled) ? progress::cancelled : progress::succeeded;
}

} // namespace

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

operation operation_registry::start(std::string kind, std::vector<std::string> cells, step one)
{
    constexpr std::size_t random_bytes = 4;
    operation begun;
    begun.started = time_.now();
    begun.id =
        sigv4_timestamp(begun.started) + '-' + std::to_string(1'000'000'000 + next_++) + '-' + random_hex(random_bytes);
    begun.kind = std::move(kind);
    for (std::string& cell : cells)
        begun.steps.push_back({std::move(cell), progress::waiting, std::nullopt});

    log::info("operations", "started", {{"operation", begun.id}, {"kind", begun.kind}, {"steps", begun.steps.size()}});
    const auto of = std::make_shared<entry>(executor_, std::move(begun));
    entries_.emplace(of->value.id, of);
    forget_oldest();
    running_.spawn(perform(of, std::move(one), time_));
    return of->value;
}

namespace {

task<result<void>> perform_step(
    std::function<task<result<void>>(std::size_t)> one, std::size_t index, operation& of, const bool& cancelled)
{
    step_outcome& outcome = of.steps[index];
    if (cancelled) {
        outcome.state = progress::cancelled;
        ++of.done;
        co_return result<void>();
    }
    outcome.state = progress::running;
    task<result<void>> work = one(index);
    result<void> done = co_await std::move(work);
    outcome.state = done ? progress::succeeded : progress::failed;
    if (!done) {
        outcome.why = done.error();
        log::warning("operations", "step-failed",
            {{"operation", of.id}, {"cell", outcome.cell}, {"error", done.error().message()}});
    }
    ++of.done;
    co_return result<void>();
}

} // namespace

task<void> operation_registry::perform(std::shared_ptr<entry> of, step one, clock& time)
{
    operation& value = of->value;
    std::exception_ptr interrupted;
    try {
        co_await for_each_concurrently(value.steps.size(), steps_at_a_time,
            [of, one](std::size_t index) { return perform_step(one, index, of->value, of->cancelled); });
    } catch (...) {
        interrupted = std::current_exception(); // a bug, or stop(): what had not ended did not succeed
    }
    for (step_outcome& outcome : value.steps)
        if (outcome.state == progress::waiting || outcome.state == progress::running)
            outcome.state = progress::cancelled;
    value.state = overall(value);
    value.ended = time.now();
    log::info("operations", "ended", {{"operation", value.id}, {"state", to_string(value.state)}});
    of->ended.cancel();
    if (interrupted)
        std::rethrow_exception(interrupted);
}

std::shared_ptr<operation_registry::entry> operation_registry::lookup(std::string_view id) const
{
    const auto place = entries_.find(id);
    return place == entries_.end() ? nullptr : place->second;
}

result<operation> operation_registry::find(std::string_view id) const
{
    const auto of = lookup(id);
    if (!of)
        return error(errc::not_found, "there is no such operation");
    return of->value;
}

std::vector<operation> operation_registry::all() const
{
    std::vector<operation> newest_first;
    for (auto place = entries_.rbegin(); place != entries_.rend(); ++place)
        newest_first.push_back(place->second->value);
    return newest_first;
}

task<result<operation>> operation_registry::wait(std::string id, milliseconds limit)
{
    const auto of = lookup(id);
    if (!of)
        co_return error(errc::not_found, "there is no such operation");
    if (!of->value.ended) {
        using namespace boost::asio::experimental::awaitable_operators;
        constexpr auto quietly = boost::asio::as_tuple(boost::asio::use_awaitable);
        boost::asio::steady_timer enough(executor_, limit);
        co_await (of->ended.async_wait(quietly) || enough.async_wait(quietly));
    }
    co_return of->value;
}

result<operation> operation_registry::cancel(std::string_view id)
{
    const auto of = lookup(id);
    if (!of)
        return error(errc::not_found, "there is no such operation");
    if (of->value.ended)
        return error(errc::conflict, "the operation has ended");
    of->cancelled = true;
    return of->value;
}

task<void> operation_registry::stop(milliseconds grace)
{
    for (const auto& [id, of] : entries_)
        of->cancelled = true;
    co_await running_.drain(grace);
}

void operation_registry::forget_oldest()
{
    for (auto place = entries_.begin(); entries_.size() > kept && place != entries_.end();)
        place = place->second->value.ended ? entries_.erase(place) : std::next(place);
}

} // namespace fleetman::control
