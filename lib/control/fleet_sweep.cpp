#include <fleetman/control/fleet_view.hpp>
#include <fleetman/core/log.hpp>

#include <algorithm>
#include <memory>
#include <utility>

// The slow way round: node by node, what folders of cells there are and whether their documents have changed. It finds
// cells that only the bucket has, and what no heartbeat tells of.

namespace fleetman::control {

using model::bucket_name;
using model::cell_id;
using model::node_id;

namespace {

// "prod/cells/node01/" below "prod/cells/": node01. Nothing when that is no name.
template <class Name>
std::optional<Name> last_part(std::string_view folder, const std::string& of)
{
    folder.remove_prefix(of.size());
    folder.remove_suffix(1);
    auto name = Name::load(folder);
    return name ? std::optional<Name>(*std::move(name)) : std::nullopt;
}

} // namespace

task<void> fleet_view::sweep()
{
    for (const auto& [name, at] : begin_look()) {
        buckets_[name].to_sweep.clear();
        const result<void> swept = co_await sweep_some(name, at, std::size_t(-1));
        if (!swept)
            log::warning("fleet", "not-swept", {{"bucket", name.str()}, {"error", swept.error().message()}});
    }
}

// As much as is due after `pause`; all of it the first time.
task<void> fleet_view::sweep_alone(bucket_name name, bucket::location at, milliseconds pause)
{
    watched& known = buckets_[name];
    known.sweeping = true;
    const std::shared_ptr<void> ended(nullptr, [&known](void*) { known.sweeping = false; });
    const std::size_t due = known.sweep_size * static_cast<std::size_t>(pause.count()) /
                            static_cast<std::size_t>(milliseconds(sweep_time).count());
    const result<void> swept = co_await sweep_some(name, at, known.swept ? due + 1 : std::size_t(-1));
    known.swept = known.swept || swept.has_value();
    if (!swept)
        log::debug("fleet", "not-swept", {{"bucket", name.str()}, {"error", swept.error().message()}});
}

task<result<void>> fleet_view::sweep_some(bucket_name name, bucket::location at, std::size_t most)
{
    watched& known = buckets_[name];
    if (known.to_sweep.empty()) {
        result<void> begun = co_await begin_sweep(name, at);
        if (!begun)
            co_return begun;
    }
    const auto nodes = std::make_shared<std::vector<node_id>>();
    for (std::size_t i = std::min(most, known.to_sweep.size()); i > 0; --i) {
        nodes->push_back(std::move(known.to_sweep.back()));
        known.to_sweep.pop_back();
    }
    result<void> swept = co_await for_each_concurrently(nodes->size(), reads_at_a_time,
        [this, name, at, nodes](std::size_t i) { return sweep_node(name, at, (*nodes)[i]); });
    if (!swept)
        co_return swept;
    co_return co_await read_wanted(name, at);
}

task<result<void>> fleet_view::begin_sweep(bucket_name name, bucket::location at)
{
    const std::string all = at.keys.cells();
    auto folders = co_await storage::list_folders(*at.store, all);
    if (!folders)
        co_return folders.error();
    std::set<node_id> nodes = state_.cells().nodes(name); // whose folder has gone as well
    for (const std::string& folder : *folders)
        if (auto node = last_part<node_id>(folder, all))
            nodes.insert(*std::move(node));
    watched& known = buckets_.at(name);
    known.to_sweep.assign(nodes.rbegin(), nodes.rend());
    known.sweep_size = known.to_sweep.size();
    co_return result<void>();
}

task<result<void>> fleet_view::sweep_node(bucket_name name, bucket::location at, node_id node)
{
    const std::string folder = at.keys.cells(node);
    auto listed = co_await storage::list_folders(*at.store, folder);
    if (!listed)
        co_return listed.error();
    std::set<cell_id> cells;
    for (const std::string& one : *listed)
        if (auto cell = last_part<cell_id>(one, folder))
            cells.insert(*std::move(cell));
    state_.cells().found(name, node, std::move(cells));
    co_return result<void>();
}

} // namespace fleetman::control
