#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/fleet_view.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/task_group.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>
#include <set>

namespace fleetman::control {

using model::bucket_name;
using model::node_id;
using storage::object_info;

namespace {

bool same_writing(const object_info& a, const object_info& b)
{
    return a.etag == b.etag && a.last_modified == b.last_modified && a.size == b.size;
}

} // namespace

task<void> fleet_view::run(milliseconds pause)
{
    using boost::asio::cancellation_type;
    while ((co_await boost::asio::this_coro::cancellation_state).cancelled() == cancellation_type::none) {
        const bucket_locations all = where_();
        forget_all_but(all);
        if (all.empty())
            as_of_ = time_.now();
        for (const auto& [name, at] : all)
            if (!buckets_[name].busy)
                refreshing_.spawn(refresh_alone(name, at));
        co_await time_.sleep(pause);
    }
}

task<void> fleet_view::refresh()
{
    const auto all = std::make_shared<const bucket_locations>(where_());
    forget_all_but(*all);
    co_await for_each_concurrently(all->size(), buckets_at_a_time,
        [this, all](std::size_t i) { return refresh_bucket((*all)[i].first, (*all)[i].second); });
    as_of_ = time_.now();
}

void fleet_view::forget_all_but(const bucket_locations& wanted)
{
    std::set<bucket_name> names;
    for (const auto& [name, at] : wanted)
        names.insert(name);
    std::erase_if(buckets_, [&names](const auto& one) { return !names.contains(one.first) && !one.second.busy; });
}

task<void> fleet_view::refresh_alone(bucket_name name, bucket::location at)
{
    co_await refresh_bucket(std::move(name), std::move(at));
}

// Never fails: a bucket that does not answer must not keep the others from being read.
task<result<void>> fleet_view::refresh_bucket(bucket_name name, bucket::location at)
{
    buckets_[name].busy = true;
    const result<void> outcome = co_await read_changes(name, std::move(at));
    watched& known = buckets_.at(name);
    known.busy = false;
    known.looked_at = true;
    as_of_ = time_.now();
    const bool was_well = !known.problem;
    known.problem.reset();
    if (!outcome)
        known.problem = outcome.error();
    if (!outcome && was_well)
        log::warning("fleet", "bucket-unreadable", {{"bucket", name.str()}, {"error", outcome.error().message()}});
    if (outcome && !was_well)
        log::info("fleet", "bucket-readable", {{"bucket", name.str()}});
    co_return result<void>();
}

task<result<void>> fleet_view::read_changes(bucket_name name, bucket::location at)
{
    auto listed = co_await storage::list_all(*at.store, at.keys.agents());
    if (!listed)
        co_return listed.error();
    auto& heartbeats = buckets_.at(name).heartbeats;
    std::set<node_id> present;
    const auto changed = std::make_shared<std::vector<object_info>>();
    for (object_info& info : *listed) {
        const auto node = at.keys.node_of(info.key);
        if (!node)
            continue; // someone else's object
        present.insert(*node);
        const auto before = heartbeats.find(*node);
        if (before == heartbeats.end() || !same_writing(before->second.info, info))
            changed->push_back(std::move(info));
    }
    std::erase_if(heartbeats, [&present](const auto& one) { return !present.contains(one.first); });
    co_return co_await for_each_concurrently(changed->size(), reads_at_a_time,
        [this, name, at, changed](std::size_t i) { return read_heartbeat(name, at, (*changed)[i]); });
}

task<result<void>> fleet_view::read_heartbeat(bucket_name name, bucket::location at, object_info info)
{
    const node_id node = at.keys.node_of(info.key).value();
    auto read = co_await bucket::read_agent_report(at, node);
    if (!read && read.error().code() == errc::not_found)
        co_return result<void>(); // deleted meanwhile; the next listing lacks it
    if (!read && read.error().code() != errc::invalid && read.error().code() != errc::too_large)
        co_return read.error();

    heartbeat& one = buckets_.at(name).heartbeats[node];
    one.info = std::move(info);
    if (read) {
        one.report = std::move(read->value);
        one.report->node = node; // the key decides whose it is
    } else {
        one.report.reset();
        log::warning("fleet", "heartbeat-unreadable", {{"node", node.str()}, {"error", read.error().message()}});
    }
    co_return result<void>();
}

std::vector<known_agent> fleet_view::agents() const
{
    std::map<node_id, known_agent> newest;
    for (const auto& [bucket, known] : buckets_) {
        for (const auto& [node, one] : known.heartbeats) {
            if (!one.report)
                continue;
            const auto place = newest.find(node);
            if (place == newest.end())
                newest.emplace(node, known_agent{bucket, *one.report, one.info});
            else if (place->second.report.report_timestamp < one.report->report_timestamp)
                place->second = {bucket, *one.report, one.info};
        }
    }
    std::vector<known_agent> in_order;
    in_order.reserve(newest.size());
    for (auto& [node, agent] : newest)
        in_order.push_back(std::move(agent));
    return in_order;
}

std::optional<known_agent> fleet_view::newest(const node_id& node) const
{
    std::optional<known_agent> found;
    for (const auto& [bucket, known] : buckets_) {
        const auto place = known.heartbeats.find(node);
        if (place == known.heartbeats.end() || !place->second.report)
            continue;
        if (!found || found->report.report_timestamp < place->second.report->report_timestamp)
            found = known_agent{bucket, *place->second.report, place->second.info};
    }
    return found;
}

const model::agent_report* fleet_view::report(const bucket_name& bucket, const node_id& node) const
{
    const auto known = buckets_.find(bucket);
    if (known == buckets_.end())
        return nullptr;
    const auto one = known->second.heartbeats.find(node);
    return one == known->second.heartbeats.end() || !one->second.report ? nullptr : &*one->second.report;
}

void fleet_view::forget(const node_id& node)
{
    for (auto& [bucket, known] : buckets_)
        known.heartbeats.erase(node);
}

bool fleet_view::complete() const
{
    return as_of_ && std::ranges::all_of(where_(), [this](const auto& watched) {
        const auto place = buckets_.find(watched.first);
        return place != buckets_.end() && place->second.looked_at;
    });
}

std::vector<bucket_problem> fleet_view::problems() const
{
    std::vector<bucket_problem> all;
    for (const auto& [name, known] : buckets_)
        if (known.problem)
            all.push_back({name, *known.problem});
    return all;
}

} // namespace fleetman::control
