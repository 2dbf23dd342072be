#include "session.hpp"
#include "skew.hpp"
#include "verdict.hpp"
#include "xml.hpp"

#include <fleetman/core/deadline.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>

#include <algorithm>

namespace fleetman::s3 {

milliseconds retry_pause(const connection& to, unsigned attempts_made)
{
    constexpr unsigned doublings = 10; // by then the longest delay holds, and nothing overflows
    const milliseconds ceiling =
        std::min(to.longest_delay, to.retry_delay * (1 << std::min(attempts_made - 1, doublings)));
    return milliseconds(static_cast<std::int64_t>(random_below(static_cast<std::uint64_t>(ceiling.count()) + 1)));
}

namespace {

// A body that streams can be neither sent nor received twice.
bool is_repeatable(const operation& what)
{
    return what.source == nullptr && (what.delivered == nullptr || *what.delivered == what.delivered_before);
}

error given_up(const error& reason, unsigned attempts)
{
    return attempts == 1 ? reason : reason.within("gave up after " + std::to_string(attempts) + " attempts");
}

// What a body in memory takes on a slow line is no slowness of the store.
milliseconds time_to_send(const operation& what)
{
    constexpr std::size_t slowest_bytes_a_second = 16'384;
    return std::chrono::seconds(what.body.size() / slowest_bytes_a_second);
}

error over_budget(const error& reason)
{
    return reason.within("not tried again, as too many requests have failed lately");
}

} // namespace

session::session(connection to, std::shared_ptr<transport> wire, clock& time)
    : to_(std::move(to)), wire_(std::move(wire)), time_(time),
      account_(to_.account_source ? to_.account_source : fixed_credentials(to_.account)), signer_(to_),
      part_buffers_(to_.parts_at_once)
{}

task<void> session::pause_before(unsigned attempt)
{
    return time_.sleep(retry_pause(to_, attempt - 1));
}

task<result<session::signing>> session::next_signing()
{
    result<credentials> account = co_await account_->current();
    if (!account)
        co_return account.error().within("credentials");
    co_return signing{std::move(*account), signer_.region(), clock_offset_};
}

bool session::correct_region(const wire_response& answer, const signing& used)
{
    const std::optional<std::string> told = region_told(answer);
    if (!told || *told == used.region)
        return false;
    if (*told == signer_.region())
        return true;
    log::warning("s3", "region-learned", {{"bucket", to_.bucket}, {"configured", to_.region}, {"told", *told}});
    signer_.set_region(*told);
    return true;
}

// Measured anew each time, so that what was learned of a clock that has been set right since is forgotten.
bool session::correct_clock(const wire_response& answer, const signing& used)
{
    const std::optional<milliseconds> offset = clock_offset(answer, time_.now());
    if (!offset || !is_another_time(*offset, used.clock_offset))
        return false;
    if (!is_another_time(*offset, clock_offset_))
        return true;
    log::warning("s3", "clock-corrected", {{"bucket", to_.bucket}, {"store_ahead_by", *offset}});
    clock_offset_ = *offset;
    return true;
}

bool session::correct(
    const wire_response& answer, const error& reason, const operation& what, const signing& used, corrections& made)
{
    const std::string code = reason.store() != nullptr ? reason.store()->code : std::string();
    if (!made.region && tells_region(answer.status, code) && correct_region(answer, used))
        return made.region = true;
    if (!made.clock && tells_skew(answer.status, code, what.method == "HEAD") && correct_clock(answer, used))
        return made.clock = true;
    if (!made.credentials && tells_credentials(answer.status, code) && account_->refused(used.account))
        return made.credentials = true;
    return false;
}

milliseconds session::deadline_of(const operation& what) const
{
    return to_.operation_deadline + what.patience + time_to_send(what);
}

// Until the store says yes, says no, or attempts or time run out. Signs again each time: the date is part of the
// signature and goes stale while we wait.
task<result<wire_response>> session::attempt_all(operation& what, destination to)
{
    const auto until = time_.steady_now() + deadline_of(what);
    corrections made;
    for (unsigned attempt = 1;;) {
        const result<signing> used = co_await next_signing();
        if (!used)
            co_return used.error();
        const wire_request request = signer_.sign(what, used->account, time_.now() + used->clock_offset);
        result<wire_response> answer = co_await wire_->send(request, to);
        what.may_have_applied = what.may_have_applied || (answer && answer->repeated);
        const judgement found = judge(answer, what, to_);
        if (found.what == verdict::done || found.what == verdict::not_modified) {
            budget_.succeeded();
            co_return answer;
        }
        if (!is_repeatable(what))
            co_return found.reason;
        if (answer && correct(*answer, found.reason, what, *used, made))
            continue;
        if (found.what == verdict::refused)
            co_return found.reason;
        const milliseconds pause = std::min(found.pause.value_or(retry_pause(to_, attempt)), to_.longest_delay);
        if (attempt >= to_.attempts || time_.steady_now() + pause >= until)
            co_return given_up(found.reason, attempt);
        if (!budget_.take())
            co_return over_budget(found.reason);
        log::warning("s3", "retry",
            {{"operation", what.doing}, {"attempt", attempt}, {"pause", pause}, {"reason", found.reason.message()}});
        what.may_have_applied = true;
        co_await time_.sleep(pause);
        ++attempt;
    }
}

task<result<wire_response>> session::exchange(operation& what, destination to)
{
    const bool streams = what.source != nullptr || to.sink != nullptr; // as long as bytes move, it may take its time
    const auto noting_its_end = [](session& on, operation& of, destination into) -> task<result<wire_response>> {
        result<wire_response> outcome = co_await on.attempt_all(of, into);
        of.judged = outcome || outcome.error().code() != errc::cancelled;
        co_return outcome;
    };
    what.judged = false;
    task<result<wire_response>> work = noting_its_end(*this, what, to);
    result<wire_response> answer =
        streams ? co_await std::move(work) : co_await with_deadline(std::move(work), deadline_of(what));
    if (answer)
        co_return answer;
    const error& reason = answer.error();
    if (what.judged)
        co_return reason.within(what.doing);
    co_return error(reason.code(), what.doing + ": " + reason.message() + " from " + name_of(to_));
}

task<result<std::string>> session::presign(std::string method, std::string key, std::chrono::seconds lifetime)
{
    result<credentials> account = co_await account_->current();
    if (!account)
        co_return account.error().within("credentials");
    co_return signer_.presign(method, key, *account, time_.now() + clock_offset_, lifetime);
}

} // namespace fleetman::s3
