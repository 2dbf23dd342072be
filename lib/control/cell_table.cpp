#include <fleetman/control/cell_table.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::control {

using model::agent_report;
using model::bucket_name;
using model::cell_id;
using model::cell_ref;
using model::cell_report;
using model::node_id;

namespace {

constexpr std::string_view unread = "its trigger and its status have not been read yet";

// A heartbeat's cells, found by their names in one go.
class reported_cells
{
public:
    explicit reported_cells(const agent_report* report)
    {
        if (report == nullptr)
            return;
        for (const cell_report& one : report->cells)
            sorted_.push_back(&one);
        std::ranges::sort(sorted_, [](const cell_report* a, const cell_report* b) {
            return a->cell == b->cell ? a < b : a->cell < b->cell; // of two of one name the first counts
        });
    }
    // Null when there is none.
    const cell_report* find(const cell_id& cell) const
    {
        const auto place = std::ranges::lower_bound(sorted_, cell, {}, name);
        return place == sorted_.end() || (*place)->cell != cell ? nullptr : *place;
    }
    const std::vector<const cell_report*>& each() const { return sorted_; }

private:
    static const cell_id& name(const cell_report* one) { return one->cell; }
    std::vector<const cell_report*> sorted_;
};

// Whether the agent has acted on the cell in between.
bool says_the_same(const cell_report* before, const cell_report& now)
{
    return before != nullptr && before->trigger_id == now.trigger_id && before->state == now.state &&
           before->version == now.version;
}

model::manifest_name manifest_of(const known_cell& cell, const cell_id& name, const cell_report* report)
{
    if (cell.configured)
        return *cell.configured;
    if (report != nullptr)
        return report->manifest;
    if (cell.documents.manifest)
        return *cell.documents.manifest;
    return model::manifest_name::load(name.str()).value(); // the same rule as for cells
}

std::optional<std::string> running_version(const cell_documents& documents, const cell_report* report)
{
    if (report != nullptr && report->version)
        return report->version;
    if (documents.status && documents.status->running_version != "unknown")
        return documents.status->running_version;
    return std::nullopt;
}

std::string_view fault_of(const cell_documents& documents)
{
    if (!documents.trigger_fault.empty())
        return documents.trigger_fault;
    if (!documents.status_fault.empty())
        return documents.status_fault;
    return documents.read || documents.trigger ? std::string_view() : unread;
}

cell_verdict verdict_of(
    const cell_documents& documents, const agent_report* agent, const cell_report* report, wall_time now)
{
    cell_evidence evidence;
    evidence.trigger = documents.trigger ? &*documents.trigger : nullptr;
    evidence.status = documents.status ? &*documents.status : nullptr;
    evidence.agent = agent;
    evidence.report = report;
    evidence.unreadable = fault_of(documents);
    return judge_cell(evidence, now);
}

bool is_there(const known_cell& cell)
{
    return cell.configured || cell.documents.trigger || cell.documents.manifest ||
           !cell.documents.trigger_fault.empty();
}

} // namespace

const known_cell* cell_table::find(const cell_ref& cell) const
{
    const auto place = cells_.find(cell);
    return place == cells_.end() ? nullptr : &place->second;
}

std::set<node_id> cell_table::nodes(const bucket_name& bucket) const
{
    std::set<node_id> all;
    for (const auto& [name, cell] : cells_)
        if (cell.bucket == bucket)
            all.insert(name.node);
    return all;
}

const agent_report* cell_table::report_of(const bucket_name& bucket, const node_id& node) const
{
    const heartbeat* const known = agents_.find(bucket, node);
    return known != nullptr && known->report ? &*known->report : nullptr;
}

known_cell& cell_table::add(const bucket_name& bucket, const cell_ref& cell)
{
    const known_cell fresh{
        .bucket = bucket, .seen = {.manifest = model::manifest_name::load(cell.cell.str()).value(), .verdict = {}}};
    return cells_.emplace(cell, fresh).first->second;
}

void cell_table::configure(const config::controller_config& config, wall_time now)
{
    for (const auto& [name, wanted] : config.cells) {
        auto place = cells_.find(name);
        if (place == cells_.end() || place->second.bucket != wanted.bucket) {
            if (place != cells_.end())
                drop(place);
            add(wanted.bucket, name);
            place = cells_.find(name);
            want(wanted.bucket, name, everything);
        }
        known_cell& cell = place->second;
        const bool known_bucket = config.buckets.contains(wanted.bucket);
        if (!known_bucket)
            cell.documents.trigger_fault = "there is no bucket connection " + wanted.bucket.str();
        if (cell.configured == wanted.manifest && known_bucket)
            continue;
        cell.configured = wanted.manifest;
        judge(place, now);
    }
    for (auto place = cells_.begin(); place != cells_.end();) {
        if (!place->second.configured || config.cells.contains(place->first)) {
            ++place;
            continue;
        }
        place->second.configured.reset();
        want(place->second.bucket, place->first, everything);
        place = judge(place, now);
    }
}

void cell_table::forget(const bucket_name& bucket, wall_time now)
{
    wanted_.erase(bucket);
    for (auto place = cells_.begin(); place != cells_.end();) {
        if (place->second.bucket != bucket) {
            ++place;
            continue;
        }
        place->second.documents = {};
        ++place->second.told; // what is being read now is of the other connection
        want(bucket, place->first, everything);
        place = judge(place, now);
    }
}

void cell_table::judge_node(const bucket_name& bucket, const node_id& node, wall_time now)
{
    const agent_report* const agent = report_of(bucket, node);
    const reported_cells reported(agent);
    for (auto place = cells_.lower_bound(node); place != cells_.end() && place->first.node == node;)
        place = place->second.bucket == bucket ? judge(place, agent, reported.find(place->first.cell), now)
                                               : std::next(place);
}

void cell_table::heard(const bucket_name& bucket, const node_id& node, const agent_report* before, wall_time now)
{
    const reported_cells earlier(before);
    const reported_cells reported(report_of(bucket, node));
    for (const cell_report* const one : reported.each()) {
        if (says_the_same(earlier.find(one->cell), *one))
            continue;
        const cell_ref name{node, one->cell};
        const known_cell* const known = find(name);
        if (known != nullptr && known->bucket != bucket)
            continue;
        const auto& trigger = known != nullptr ? known->documents.trigger : std::optional<seen_trigger>();
        const bool same_trigger = trigger && (!one->trigger_id || trigger->value.id == one->trigger_id);
        want(bucket, name, known == nullptr ? everything : same_trigger ? need::status : need::trigger | need::status);
    }
    judge_node(bucket, node, now);
}

void cell_table::found(const bucket_name& bucket, const node_id& node, std::set<cell_id> folders)
{
    for (auto place = cells_.lower_bound(node); place != cells_.end() && place->first.node == node; ++place) {
        if (place->second.bucket == bucket)
            folders.insert(place->first.cell);
        else
            folders.erase(place->first.cell);
    }
    for (const cell_id& cell : folders)
        want(bucket, {node, cell}, everything);
}

void cell_table::told(
    const bucket_name& bucket, const cell_ref& cell, std::optional<seen_trigger> trigger, wall_time now)
{
    auto place = cells_.find(cell);
    if (place == cells_.end() && !trigger)
        return;
    if (place == cells_.end()) {
        add(bucket, cell);
        place = cells_.find(cell);
        want(bucket, cell, everything);
    }
    known_cell& known = place->second;
    if (known.bucket != bucket)
        return;
    ++known.told;
    if (!trigger)
        known.documents.manifest.reset(); // goes with it
    known.documents.trigger = std::move(trigger);
    known.documents.trigger_etag.clear();
    known.documents.trigger_fault.clear();
    judge(place, now);
}

cell_table::cells::iterator cell_table::judge(cells::iterator one, wall_time now)
{
    const agent_report* const agent = report_of(one->second.bucket, one->first.node);
    const cell_report* report = nullptr;
    if (agent != nullptr)
        if (const auto place = std::ranges::find(agent->cells, one->first.cell, &cell_report::cell);
            place != agent->cells.end())
            report = &*place;
    return judge(one, agent, report, now);
}

cell_table::cells::iterator cell_table::judge(
    cells::iterator one, const agent_report* agent, const cell_report* report, wall_time now)
{
    known_cell& cell = one->second;
    if (!is_there(cell))
        return drop(one);
    cell_summary fresh{.manifest = manifest_of(cell, one->first.cell, report),
        .managed = cell.configured.has_value(),
        .trigger = cell.documents.trigger,
        .running_version = running_version(cell.documents, report),
        .running = report != nullptr ? report->running : std::nullopt,
        .applied_at = cell.documents.status ? std::optional(cell.documents.status->applied_at) : std::nullopt,
        .verdict = verdict_of(cell.documents, agent, report, now)};
    if (cell.event != 0 && fresh == cell.seen)
        return std::next(one);
    cell.seen = std::move(fresh);
    cell.shown.clear();
    cell.event = events_.publish(subject::cell, one->first.str());
    ++revision_;
    keep_motion(one->first, cell);
    return std::next(one);
}

cell_table::cells::iterator cell_table::drop(cells::iterator one)
{
    motion_[one->second.bucket].erase(one->first);
    const bool was_shown = one->second.event != 0;
    std::string name = one->first.str();
    const auto next = cells_.erase(one);
    if (was_shown) {
        events_.publish(subject::cell, std::move(name));
        ++revision_;
    }
    return next;
}

void cell_table::keep_motion(const cell_ref& cell, const known_cell& of)
{
    const cell_state state = of.seen.verdict.state;
    if (state == cell_state::pending || state == cell_state::deploying)
        motion_[of.bucket].insert(cell);
    else
        motion_[of.bucket].erase(cell);
}

} // namespace fleetman::control
