#include "bare_copies.hpp"
#include "played_fleet.hpp"

#include <fleetman/core/task_group.hpp>
#include <fleetman/storage/object_store.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fleetman::bench {

namespace {

struct copies
{
    bucket::location at;
    std::string source; // the folder
    std::vector<storage::object_info> files;
    model::version version;
};

task<result<void>> copy_one(std::shared_ptr<const copies> all, std::size_t number)
{
    const storage::object_info& file = all->files[number % all->files.size()];
    const std::string folder = all->at.keys.snapshot(cell(number / all->files.size(), 0), all->version);
    const auto copied = co_await all->at.store->copy(file.key, folder + file.key.substr(all->source.size()), file.etag);
    co_return copied ? result<void>() : result<void>(copied.error());
}

} // namespace

task<result<std::chrono::milliseconds>> copy_to_cells(bucket::location at, std::size_t nodes, std::size_t at_a_time)
{
    const model::version version = model::version::parse("v1.0.0").value();
    std::string source = at.keys.deployment(model::manifest_name::parse("site").value(), version);
    auto listed = co_await storage::list_all(*at.store, source);
    if (!listed)
        co_return listed.error();
    std::erase_if(*listed, [&](const storage::object_info& one) { return one.key == source + "manifest.json"; });
    if (listed->empty())
        co_return error(errc::not_found, "there is nothing in " + source);
    const auto all = std::make_shared<const copies>(copies{at, std::move(source), *std::move(listed), version});

    const auto begun = std::chrono::steady_clock::now();
    const auto done = co_await for_each_concurrently(
        nodes * all->files.size(), at_a_time, [all](std::size_t i) { return copy_one(all, i); });
    if (!done)
        co_return done.error();
    co_return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
}

task<result<void>> remove_cells(bucket::location at)
{
    auto listed = co_await storage::list_all(*at.store, at.keys.cells());
    if (!listed)
        co_return listed.error();
    std::vector<std::string> keys;
    for (storage::object_info& one : *listed)
        keys.push_back(std::move(one.key));
    co_return co_await at.store->remove_all(std::move(keys));
}

} // namespace fleetman::bench
