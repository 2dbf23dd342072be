#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/fleet_view.hpp>
#include <fleetman/core/log.hpp>

#include <algorithm>
#include <memory>
#include <utility>

// A look at agents/: one listing, and the heartbeats that changed.

namespace fleetman::control {

using model::bucket_name;
using model::node_id;
using storage::object_info;

namespace {

// An ETag is of the content, so what has the same one need not be read.
bool same_content(const object_info& a, const object_info& b)
{
    return a.etag == b.etag && a.size == b.size;
}

// A read tells whole seconds, a listing thousandths.
bool same_second(const object_info& a, const object_info& b)
{
    using std::chrono::floor;
    using std::chrono::seconds;
    return floor<seconds>(a.last_modified) == floor<seconds>(b.last_modified);
}

} // namespace

task<result<void>> fleet_view::read_agents(bucket_name name, bucket::location at)
{
    const auto changed = std::make_shared<std::vector<object_info>>();
    result<void> listed = co_await list_agents(name, at, changed);
    if (!listed)
        co_return listed;
    co_return co_await for_each_concurrently(changed->size(), reads_at_a_time,
        [this, name, at, changed](std::size_t i) { return read_heartbeat(name, at, (*changed)[i]); });
}

task<result<void>> fleet_view::list_agents(
    bucket_name name, bucket::location at, std::shared_ptr<std::vector<object_info>> changed)
{
    buckets_.at(name).heard_now.clear();
    std::set<node_id> present;
    storage::list_query query{.prefix = at.keys.agents()};
    do {
        result<storage::list_page> page = co_await at.store->list(query);
        if (!page)
            co_return page.error();
        for (object_info& info : page->objects) {
            const auto node = at.keys.node_of(info.key);
            if (!node)
                continue; // someone else's object
            present.insert(*node);
            const heartbeat* const before = state_.agents().find(name, *node);
            if (before == nullptr || !same_content(before->info, info))
                changed->push_back(std::move(info));
            else if (!same_second(before->info, info))
                state_.same(name, *node, std::move(info));
        }
        query.continuation = std::move(page->continuation);
    } while (!query.continuation.empty());
    for (const node_id& node : state_.agents().nodes(name))
        if (!present.contains(node) && !buckets_.at(name).heard_now.contains(node))
            state_.silent(name, node, time_.now());
    co_return result<void>();
}

// `info` is the listing's, or empty but for its key.
task<result<void>> fleet_view::read_heartbeat(bucket_name name, bucket::location at, object_info info)
{
    const node_id node = at.keys.node_of(info.key).value();
    auto read = co_await bucket::read_agent_report(at, node);
    if (!connections_.contains(name))
        co_return result<void>(); // has been taken out of the configuration meanwhile
    if (!read && read.error().code() == errc::not_found) {
        state_.silent(name, node, time_.now());
        co_return result<void>();
    }
    if (!read && read.error().code() != errc::invalid && read.error().code() != errc::too_large)
        co_return read.error();
    if (!read) {
        log::warning("fleet", "heartbeat-unreadable", {{"node", node.str()}, {"error", read.error().message()}});
        state_.heard(name, node, std::move(info), std::nullopt, time_.now());
        co_return result<void>();
    }
    if (same_content(read->info, info))
        read->info.last_modified = info.last_modified; // the more exact one
    state_.heard(name, node, std::move(read->info), std::move(read->value), time_.now());
    co_return result<void>();
}

// The heartbeats that someone told of.
task<result<void>> fleet_view::read_noticed(bucket_name name, bucket::location at)
{
    watched& known = buckets_.at(name);
    const auto nodes = std::make_shared<std::vector<node_id>>(known.noticed.begin(), known.noticed.end());
    known.heard_now.merge(known.noticed);
    known.noticed.clear();
    co_return co_await for_each_concurrently(nodes->size(), reads_at_a_time, [this, name, at, nodes](std::size_t i) {
        return read_heartbeat(name, at, object_info{.key = at.keys.agent((*nodes)[i]), .etag = {}});
    });
}

} // namespace fleetman::control
