#include "file_download.hpp"

#include <fleetman/agent/fetch.hpp>
#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/stoppable.hpp>
#include <fleetman/core/task_group.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace fleetman::agent {
namespace {

// Brings one file at a time; what all of them share.
class fetcher
{
public:
    fetcher(bucket::location at, const release_contents& contents, const host::folder& into,
        const reusable_files& at_hand, worker_pool& workers, clock& time)
        : at_(std::move(at)), contents_(contents), into_(into), at_hand_(at_hand), workers_(workers), time_(time)
    {
        brought_.files.resize(contents.files.size());
    }

    task<result<void>> bring(std::size_t index)
    {
        const content_file& file = contents_.files[index];
        std::optional<copied_file> content;
        if (at_hand_.offers(file))
            content =
                co_await run_stoppable(workers_, [&](const stop_question& stopped) { return copied(file, stopped); });
        if (!content) {
            file_download one(*at_.store, file, into_, workers_, time_);
            result<std::string> downloaded = co_await one.run();
            if (!downloaded)
                co_return downloaded.error();
            content = copied_file{*std::move(downloaded)};
            ++brought_.downloaded;
            brought_.downloaded_bytes += file.size;
        }
        brought_.files[index] = {
            file.path.str(), file.size, file.etag, std::move(content->sha256), std::move(content->rendered_sha256)};
        co_return result<void>();
    }

    fetched_contents take() { return std::move(brought_); }

private:
    // A failure here is none: the store has the file too.
    std::optional<copied_file> copied(const content_file& file, const stop_question& stopped) const
    {
        const result<descriptor> made = fresh_file(into_, file.path);
        if (!made)
            return std::nullopt;
        return at_hand_.copy(file, *made, stopped);
    }

    bucket::location at_;
    const release_contents& contents_;
    const host::folder& into_;
    const reusable_files& at_hand_;
    worker_pool& workers_;
    clock& time_;
    fetched_contents brought_;
};

bool holds(const std::vector<storage::object_info>& listing, const std::string& key)
{
    return std::any_of(listing.begin(), listing.end(), [&](const auto& one) { return one.key == key; });
}

task<result<bucket::stored<model::snapshot>>> read_manifest(
    bucket::location at, model::cell_ref cell, model::version version)
{
    // Absent or unreadable metadata costs only the name: the manifest's is then the cell's (interop.md).
    const auto metadata = co_await bucket::read_metadata(at, cell);
    if (!metadata && metadata.error().code() == errc::unavailable)
        co_return metadata.error();
    const result<model::manifest_name> fallback = model::manifest_name::load(cell.cell.str());
    if (!metadata && !fallback)
        co_return fallback.error();
    const model::manifest_name name = metadata ? metadata->value.manifest : *fallback;
    co_return co_await bucket::read_snapshot_for_agent(at, cell, version, name);
}

} // namespace

task<result<fetched_version>> read_version(bucket::location at, model::cell_ref cell, model::version version)
{
    using namespace boost::asio::experimental::awaitable_operators;
    const std::string prefix = at.keys.snapshot(cell, version);
    auto [snapshot, read_overrides, listing] = co_await (
        read_manifest(at, cell, version) && bucket::read_snapshot_overrides(at, cell, version) &&
        storage::list_all(*at.store, prefix, 2 * release_max_files)); // one after the other, each costs a round trip
    if (!snapshot)
        co_return snapshot.error();
    if (!listing)
        co_return listing.error();
    const bool refused = !read_overrides && read_overrides.error().code() == errc::denied;
    if (refused && !holds(*listing, at.keys.snapshot_overrides_manifest(cell, version)))
        read_overrides = error(errc::not_found, "not in the listing"); // as S3 refuses what is not there (absence.hpp)
    const auto overrides = bucket::if_present(std::move(read_overrides));
    if (!overrides)
        co_return overrides.error();
    const model::overrides_manifest over = *overrides ? (*overrides)->value : model::overrides_manifest{};
    result<release_contents> contents = release_contents_of(snapshot->value.content, over, *listing, prefix);
    if (!contents)
        co_return contents.error();
    co_return fetched_version{std::move(snapshot->value), *std::move(contents)};
}

task<result<fetched_contents>> fetch(bucket::location at, const release_contents& contents, const host::folder& into,
    const reusable_files& at_hand, worker_pool& workers, clock& time)
{
    fetcher all(std::move(at), contents, into, at_hand, workers, time);
    const result<void> done = co_await for_each_concurrently(
        contents.files.size(), parallel_downloads, [&](std::size_t index) { return all.bring(index); });
    if (!done)
        co_return done.error();
    co_return all.take();
}

} // namespace fleetman::agent
