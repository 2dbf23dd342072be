#include "request_signer.hpp"
#include "retry.hpp"
#include "verdict.hpp"

#include <fleetman/core/deadline.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/s3/s3_store.hpp>

#include <algorithm>

// How every operation meets the network: signed, sent, judged, and tried again where that helps.

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
    return what.source == nullptr && (what.delivered == nullptr || *what.delivered == 0);
}

error given_up(const error& reason, unsigned attempts)
{
    return attempts == 1 ? reason : reason.within("gave up after " + std::to_string(attempts) + " attempts");
}

} // namespace

// Until the store says yes, says no, or attempts or time run out. Signs again each time: the date is part of the
// signature and goes stale while we wait.
task<result<wire_response>> s3_store::attempt_all(operation& what, destination to)
{
    const auto until = time_.steady_now() + to_.operation_deadline;
    for (unsigned attempt = 1;; ++attempt) {
        const wire_request request = signer_->sign(what, time_.now());
        result<wire_response> answer = co_await wire_->send(request, to);
        what.may_have_applied = what.may_have_applied || (answer && answer->repeated);
        const judgement found = judge(answer, what, to_);
        if (found.what == verdict::done || found.what == verdict::not_modified)
            co_return answer;
        if (found.what == verdict::refused || !is_repeatable(what))
            co_return found.reason;
        const milliseconds pause = std::min(found.pause.value_or(retry_pause(to_, attempt)), to_.longest_delay);
        if (attempt >= to_.attempts || time_.steady_now() + pause >= until)
            co_return given_up(found.reason, attempt);
        log::warning("s3", "retry",
            {{"operation", what.doing}, {"attempt", attempt}, {"pause", pause}, {"reason", found.reason.message()}});
        what.may_have_applied = true;
        co_await time_.sleep(pause);
    }
}

task<result<wire_response>> s3_store::exchange(operation& what, destination to)
{
    const bool streams = what.source != nullptr || to.sink != nullptr; // as long as bytes move, it may take its time
    task<result<wire_response>> work = attempt_all(what, to);
    result<wire_response> answer =
        streams ? co_await std::move(work) : co_await with_deadline(std::move(work), to_.operation_deadline);
    if (!answer)
        co_return answer.error().within(what.doing);
    co_return answer;
}

} // namespace fleetman::s3
