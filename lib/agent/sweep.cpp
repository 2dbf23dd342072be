#include "absence.hpp"
#include "patience.hpp"

#include <fleetman/agent/adoption.hpp>
#include <fleetman/agent/agent.hpp>
#include <fleetman/agent/reconcile.hpp>
#include <fleetman/agent/record.hpp>
#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::agent {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t parallel_reads = 8;
constexpr milliseconds first_retry = 5s;
constexpr milliseconds last_retry = 5min;
constexpr unsigned doublings = 6;

trigger_identity identity_of(const storage::object_info& info, const std::optional<std::string>& id)
{
    return {info.etag, unix_seconds(info.last_modified), id.value_or("")};
}

// "prod/cells/node01/api/" → "api"
std::string_view last_part(std::string_view folder)
{
    folder.remove_suffix(folder.ends_with('/') ? 1 : 0);
    return folder.substr(folder.rfind('/') + 1);
}

model::deployment_status status_of(const deploy_outcome& outcome, wall_time now)
{
    model::deployment_status status;
    status.running_version = outcome.running ? outcome.running->str() : "unknown";
    status.applied_at = unix_seconds(now);
    status.success = outcome.ending == ending::deployed;
    if (!status.success)
        status.error = outcome.note.empty() ? outcome.error : outcome.error + "; " + outcome.note;
    status.logs = status.success ? log_lines() : outcome.logs;
    if (!outcome.trigger.id.empty())
        status.trigger_id = outcome.trigger.id;
    if (outcome.attempted)
        status.attempted_version = outcome.attempted->str();
    status.state = std::string(to_string(outcome.ending));
    if (status.success && !outcome.note.empty())
        status.note = outcome.note;
    return status;
}

} // namespace

task<result<void>> agent::sweep()
{
    const auto here = now_; // also when it is configured anew meanwhile
    const auto folders = co_await storage::list_folders(*here->at.store, here->at.keys.cells(here->host.with.node));
    if (!folders)
        co_return folders.error();
    std::vector<model::cell_id> cells;
    for (const std::string& folder : *folders)
        if (const auto cell = model::cell_id::load(last_part(folder)))
            cells.push_back(*cell);

    std::vector<std::optional<seen_trigger>> seen(cells.size());
    auto read_one = [this, &cells, &seen](std::size_t index) {
        return [](agent& self, model::cell_id cell, std::optional<seen_trigger>& into) -> task<result<void>> {
            into = co_await self.read_trigger(std::move(cell));
            co_return result<void>();
        }(*this, cells[index], seen[index]);
    };
    (void)co_await for_each_concurrently(cells.size(), parallel_reads, std::move(read_one));

    if (here != now_)
        co_return result<void>(); // configured anew meanwhile: this may be another bucket
    std::set<model::cell_id> present;
    bool readable = false; // one of them
    for (const std::optional<seen_trigger>& one : seen) {
        if (!one || one->absent)
            continue;
        note_writing(one->cell, one->identity);
        present.insert(one->cell);
        readable = readable || one->identity.has_value();
        if (one->request)
            act_on(*one->request);
    }
    counted_.cells = present.size();
    std::erase_if(retries_, [&](const auto& one) { // what nobody asks for any more
        return !present.contains(one.first) && !busy_.contains(one.first) && !unfinished_.contains(one.first);
    });
    co_await look_for_missing(std::move(present), readable);
    co_await tell_all(here->at, here->host.with.node);
    for (const std::optional<seen_trigger>& one : seen)
        if (one && one->failure)
            co_return *one->failure; // the rest was acted on; a store that has too much to do is asked less often
    co_return result<void>();
}

task<agent::seen_trigger> agent::read_trigger(model::cell_id cell)
{
    const auto here = now_; // also when it is configured anew meanwhile
    seen_trigger seen{.cell = cell};
    const model::cell_ref ref{here->host.with.node, cell};
    const auto object = co_await here->at.store->get(here->at.keys.trigger(ref), model::document_max_bytes);
    if (!object) {
        seen.absent = co_await says_absent(here->at.store, here->at.keys.trigger(ref), object.error());
        if (object.error().code() == errc::unavailable)
            seen.failure = object.error();
        if (!seen.absent)
            log::warning("agent", "trigger-unreadable", {{"cell", cell.str()}, {"error", object.error().message()}});
        co_return seen;
    }
    const result<model::trigger> trigger = model::parse_trigger(object->body);
    seen.identity = identity_of(object->info, trigger ? trigger->id : std::nullopt);
    if (!trigger)
        co_await refuse_trigger(cell, *seen.identity, trigger.error());
    else
        seen.request = deploy_request{ref, trigger->version, *seen.identity};
    co_return seen;
}

// The original says nothing about a trigger that it cannot read; an operator should hear it once.
task<void> agent::refuse_trigger(model::cell_id cell, trigger_identity trigger, error why)
{
    const cell_state& known = state_.cells[cell];
    if (known.handled == trigger || busy_.contains(cell))
        co_return;
    deploy_outcome outcome{
        .ending = ending::failed, .error = why.message(), .running = known.current, .trigger = trigger};
    co_await apply(cell, std::move(outcome));
}

void agent::act_on(const deploy_request& request)
{
    const model::cell_id& cell = request.cell.cell;
    if (busy_.contains(cell) || stopping_) {
        const auto waits = waiting_.find(cell);
        const bool known = waits != waiting_.end() ? waits->second.request.trigger == request.trigger
                                                   : in_hand_.has(now_->at, request);
        if (waits != waiting_.end())
            waits->second = {now_, request};
        else
            in_hand_.supersede(now_->at, request);
        if (!known)
            look_again_ = true; // what is under way ends first, and the bell will not ring for this trigger again
        return;
    }
    if (unfinished_.contains(cell)) // and looked at again when it is finished
        return;
    const cell_state& known = state_.cells[cell];
    const observed_state have{known.handled, known.current};
    if (const auto again = retries_.find(cell); again != retries_.end()) {
        const bool same = again->second.trigger == request.trigger;
        if (same && now_->host.time.steady_now() < again->second.not_before)
            return;
    }
    if (plan({request.version, request.trigger}, have) == action::none)
        return;
    busy_.insert(cell);
    waiting_.insert_or_assign(cell, waiting_deployment{now_, request});
    deployments_.spawn(deploy_cell(cell));
}

task<void> agent::deploy_cell(model::cell_id cell)
{
    const busy_mark busy(busy_, cell); // entered by act_on()
    const limiter::place place = co_await places_.enter();
    auto [here, request] = waiting_.at(cell); // still waiting, so that a newer trigger finds it
    leave_if_told(here->host);
    cell_state& known = state_.cells[cell];

    if (!known.current) {
        // Forgotten, or never known: what is installed tells.
        const auto installed = co_await here->host.workers.run([&] { return installed_cells(here->host.with); });
        for (const installed_cell& one : installed)
            if (one.cell == cell && co_await ran_once(here->host, one)) {
                known.current = one.version;
                known.profile = one.profile;
                known.manifest = one.manifest;
            }
    }
    const observed_state have{known.handled, known.current};
    bool adopt = plan({request.version, request.trigger}, have) == action::adopt;
    if (adopt) {
        const result<bool> same = co_await names_what_runs(here->host, here->at, request);
        if (!same) {
            deploy_outcome later{.ending = ending::postponed, .error = same.error().message()};
            later.trigger = request.trigger;
            waiting_.erase(cell);
            co_await apply(cell, std::move(later));
            co_return;
        }
        adopt = *same;
    }
    waiting_deployment newest = std::move(waiting_.extract(cell).mapped());
    if (adopt) {
        log::info("agent", "adopted", {{"cell", cell.str()}, {"version", request.version.str()}});
        known.handled = request.trigger;
        known.success = true;
        known.wanted = request.version;
        enter_state(known, to_string(ending::deployed));
        known.error.clear();
        co_await save_state();
        co_await tell_adopted(here->at, std::move(request));
    } else {
        here = std::move(newest.here);
        request = std::move(newest.request);
        log::info("agent", "deploying",
            {{"cell", cell.str()}, {"version", request.version.str()}, {"trigger", request.trigger.id}});
        deploy_outcome outcome = co_await in_hand_.deploy_newest(here->host, here->at, std::move(request));
        if (undone_.erase(cell) > 0)
            outcome.note = "an attempt before this one was interrupted, and undone" +
                           (outcome.note.empty() ? "" : "; " + outcome.note);
        if (here->host.with.store_identity != now_->host.with.store_identity)
            outcome.trigger = {}; // of a bucket that is not asked any more; the new one's is adopted
        co_await apply(cell, std::move(outcome));
    }
    note_change();
}

// A deployment that ends as the one before did is a new beginning; going on waiting is not.
void agent::enter_state(cell_state& known, std::string_view state) const
{
    if (known.state == state && (state == to_string(ending::postponed) || state == unmanaged_state))
        return;
    known.state = state;
    known.since = unix_seconds(now_->host.time.now());
}

void agent::postpone(const model::cell_id& cell, const deploy_outcome& outcome)
{
    retry& again = retries_[cell];
    if (again.trigger != outcome.trigger)
        again = {.trigger = outcome.trigger};
    milliseconds pause = std::min(first_retry * (1U << std::min(again.attempts, doublings)), last_retry);
    if (outcome.ending == ending::unfinished) { // its service may be down, and asking costs the store nothing
        pause = first_retry;
        unfinished_.insert(cell);
    }
    ++again.attempts;
    again.not_before = now_->host.time.steady_now() + pause;
    again.error = outcome.error;
    log::warning(
        "agent", "deployment-postponed", {{"cell", cell.str()}, {"error", outcome.error}, {"again_in", pause}});
}

task<void> agent::apply(model::cell_id cell, deploy_outcome outcome)
{
    const auto here = now_; // also when it is configured anew meanwhile
    cell_state& known = state_.cells[cell];
    tally_.downloaded_bytes += outcome.downloaded_bytes;
    if (outcome.unconcluded && outcome.profile)
        unconcluded_.insert_or_assign(cell, *outcome.profile);
    bool say = true;
    const bool untouched = outcome.ending == ending::postponed || outcome.ending == ending::failed;
    if (untouched && !outcome.running)
        outcome.running = known.current;
    if (outcome.ending == ending::postponed || outcome.ending == ending::unfinished) {
        const auto before = retries_.find(cell);
        say = before == retries_.end() || before->second.error != outcome.error;
        postpone(cell, outcome);
    } else {
        retries_.erase(cell);
        if (outcome.attempted && known.handled != outcome.trigger)
            known.wanted = outcome.attempted;
        if (outcome.trigger != trigger_identity{}) // else by hand, for a cell whose triggers were never seen
            known.handled = outcome.trigger;
        known.success = outcome.ending == ending::deployed;
        known.deployed_at = unix_seconds(here->host.time.now());
        ++(known.success ? counted_.deployed : counted_.failed);
        ++tally_.deployments[std::string(to_string(outcome.ending))];
        last_error_ = known.success ? last_error_ : cell.str() + ": " + outcome.error;
        log::write(known.success ? log::level::info : log::level::error, "agent", "deployment-ended",
            {{"cell", cell.str()}, {"ending", to_string(outcome.ending)},
                {"running", outcome.running ? outcome.running->str() : ""}, {"error", outcome.error},
                {"note", outcome.note}});
    }
    if (outcome.manifest)
        known.manifest = outcome.manifest;
    if (outcome.profile)
        known.profile = outcome.profile;
    if (known.current && outcome.running != known.current)
        known.previous = known.current;
    known.current = outcome.running;
    enter_state(known, to_string(outcome.ending));
    known.error = outcome.error;
    if (say)
        known.untold = model::serialize(status_of(outcome, here->host.time.now()));
    co_await save_state();
    if (!say)
        co_return;
    co_await tell(here->at, {here->host.with.node, cell});
    note_change();
}

} // namespace fleetman::agent
