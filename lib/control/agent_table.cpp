#include <fleetman/control/agent_table.hpp>

namespace fleetman::control {

using model::bucket_name;
using model::node_id;

const known_agent* agent_table::find(const node_id& node) const
{
    const auto place = newest_.find(node);
    return place == newest_.end() ? nullptr : &place->second;
}

const heartbeat* agent_table::find(const bucket_name& bucket, const node_id& node) const
{
    return lookup(bucket, node).get();
}

std::shared_ptr<heartbeat> agent_table::lookup(const bucket_name& bucket, const node_id& node) const
{
    const auto known = by_bucket_.find(bucket);
    if (known == by_bucket_.end())
        return nullptr;
    const auto one = known->second.find(node);
    return one == known->second.end() ? nullptr : one->second;
}

std::vector<node_id> agent_table::nodes(const bucket_name& bucket) const
{
    std::vector<node_id> all;
    if (const auto known = by_bucket_.find(bucket); known != by_bucket_.end())
        for (const auto& [node, one] : known->second)
            all.push_back(node);
    return all;
}

void agent_table::heard(bucket_name bucket, node_id node, storage::object_info info,
    std::optional<model::agent_report> report, wall_time now)
{
    const auto fresh = std::make_shared<heartbeat>(heartbeat{bucket, std::move(info), std::move(report), {}, {}});
    if (fresh->report) {
        fresh->report->node = node; // the key decides whose it is
        fresh->state = judge_agent(*fresh->report, now);
        fresh->changes_at = next_change(*fresh->report, now);
    }
    std::shared_ptr<heartbeat>& place = by_bucket_[bucket][node];
    if (place)
        expect_no_change(*place, node);
    place = fresh;
    expect_change(*fresh, node);
    choose_newest(node);
}

void agent_table::same(const bucket_name& bucket, const node_id& node, storage::object_info info)
{
    if (const auto one = lookup(bucket, node)) {
        one->info = std::move(info);
        if (const auto shown = newest_.find(node); shown != newest_.end() && shown->second.newest == one)
            tell(node, shown->second);
    }
}

void agent_table::silent(const bucket_name& bucket, const node_id& node)
{
    const auto known = by_bucket_.find(bucket);
    if (known == by_bucket_.end())
        return;
    const auto one = known->second.find(node);
    if (one == known->second.end())
        return;
    expect_no_change(*one->second, node);
    known->second.erase(one);
    choose_newest(node);
}

std::vector<agent_table::place> agent_table::settle(wall_time now)
{
    std::vector<place> changed;
    while (!due_.empty() && std::get<0>(*due_.begin()) <= now) {
        auto [when, bucket, node] = std::move(due_.extract(due_.begin()).value());
        const auto one = lookup(bucket, node);
        one->state = judge_agent(*one->report, now);
        one->changes_at = next_change(*one->report, now);
        expect_change(*one, node);
        if (const auto shown = newest_.find(node); shown->second.newest == one)
            tell(node, shown->second);
        changed.emplace_back(std::move(bucket), std::move(node));
    }
    return changed;
}

void agent_table::expect_change(const heartbeat& of, const node_id& node)
{
    if (of.changes_at)
        due_.emplace(*of.changes_at, of.bucket, node);
}

void agent_table::expect_no_change(const heartbeat& of, const node_id& node)
{
    if (of.changes_at)
        due_.erase({*of.changes_at, of.bucket, node});
}

void agent_table::choose_newest(const node_id& node)
{
    std::shared_ptr<const heartbeat> best;
    for (const auto& [bucket, known] : by_bucket_) {
        const auto one = known.find(node);
        if (one == known.end() || !one->second->report)
            continue;
        if (!best || best->report->report_timestamp < one->second->report->report_timestamp)
            best = one->second;
    }
    const auto shown = newest_.find(node);
    if (!best && shown == newest_.end())
        return;
    if (!best) {
        newest_.erase(shown);
        ++revision_;
        events_.publish(subject::agent, node.str());
        return;
    }
    known_agent& of = newest_[node];
    if (of.newest == best)
        return;
    of.newest = std::move(best);
    tell(node, of);
}

void agent_table::tell(const node_id& node, known_agent& of)
{
    of.shown.clear();
    of.event = events_.publish(subject::agent, node.str());
    ++revision_;
}

} // namespace fleetman::control
