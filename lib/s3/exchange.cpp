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

// Until the store says yes, says no, or the attempts run out. Signs again each time: the date is part of the signature
// and goes stale while we wait. A body that streams can be neither sent nor received twice.
task<result<wire_response>> s3_store::attempt_all(operation& what, destination to)
{
    const bool repeatable = what.source == nullptr && to.sink == nullptr;
    for (what.attempts_made = 1;; ++what.attempts_made) {
        const wire_request request = signer_->sign(what, time_.now());
        result<wire_response> answer = co_await wire_->send(request, to);
        const judgement found = judge(answer, what, to_);
        if (found.what == verdict::done || found.what == verdict::not_modified)
            co_return answer;
        if (found.what == verdict::refused || !repeatable)
            co_return found.reason;
        if (what.attempts_made >= to_.attempts)
            co_return found.reason.within("gave up after " + std::to_string(what.attempts_made) + " attempts");
        const milliseconds pause =
            std::min(found.pause.value_or(retry_pause(to_, what.attempts_made)), to_.longest_delay);
        log::warning("s3", "retry",
            {{"operation", what.doing}, {"attempt", what.attempts_made}, {"pause", pause},
                {"reason", found.reason.message()}});
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
