#include "file_sink.hpp"

#include <fleetman/agent/fetch.hpp>
#include <fleetman/bucket/documents.hpp>
#include <fleetman/core/task_group.hpp>

#include <string>

namespace fleetman::agent {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds first_pause = 200ms;
constexpr mode_t private_folder = 0700;

// The part before the last "/", empty at the root.
std::string_view parent_of(std::string_view path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

result<host::descriptor> fresh_file(const host::folder& into, const content_file& file)
{
    const std::string_view parent = parent_of(file.path.str());
    if (parent.empty()) {
        if (result<void> gone = into.remove(file.path.file_name()); !gone)
            return gone.error();
        return into.create_file(file.path.file_name());
    }
    const result<host::folder> folder = host::descend(into, parent, private_folder);
    if (!folder)
        return folder.error();
    if (result<void> gone = folder->remove(file.path.file_name()); !gone)
        return gone.error();
    return folder->create_file(file.path.file_name());
}

result<void> check_download(const content_file& file, const storage::object_info& got, file_sink& sink)
{
    if (!file.etag.empty() && !got.etag.empty() && got.etag != file.etag)
        return error(errc::unavailable, file.path.str() + ": changed in the store while it was being fetched");
    if (sink.written() != file.size)
        return error(errc::unavailable, file.path.str() + ": " + std::to_string(sink.written()) +
                                            " bytes arrived of the " + std::to_string(file.size) + " listed");
    const std::string digest = sink.sha256();
    if (file.sha256 && *file.sha256 != digest)
        return error(
            errc::invalid, file.path.str() + ": its SHA-256 is " + digest + ", the manifest says " + *file.sha256);
    return result<void>();
}

task<result<void>> download_once(
    bucket::location at, const content_file& file, const host::folder& into, worker_pool& workers)
{
    result<host::descriptor> made = co_await workers.run([&] { return fresh_file(into, file); });
    if (!made)
        co_return made.error();
    file_sink sink(*std::move(made), file.size, file.path.str(), workers);
    const result<storage::object_info> got = co_await at.store->get(file.key, sink);
    if (!got)
        co_return got.error();
    co_return check_download(file, *got, sink);
}

// A stream that broke off in the middle is begun again; what will not get better is final at once.
task<result<void>> download_file(
    bucket::location at, const content_file& file, const host::folder& into, worker_pool& workers, clock& time)
{
    milliseconds pause = first_pause;
    for (unsigned attempt = 1;; ++attempt) {
        const result<void> done = co_await download_once(at, file, into, workers);
        if (done || done.error().code() != errc::unavailable || attempt == download_attempts)
            co_return done;
        co_await time.sleep(pause);
        pause *= 2;
    }
}

} // namespace

task<result<fetched_version>> read_version(bucket::location at, model::cell_ref cell, model::version version)
{
    // Absent or unreadable metadata costs only the name: the manifest's is then the cell's (interop.md).
    const auto metadata = co_await bucket::read_metadata(at, cell);
    if (!metadata && metadata.error().code() == errc::unavailable)
        co_return metadata.error();
    const result<model::manifest_name> fallback = model::manifest_name::load(cell.cell.str());
    if (!metadata && !fallback)
        co_return fallback.error();
    const model::manifest_name name = metadata ? metadata->value.manifest : *fallback;

    auto snapshot = co_await bucket::read_snapshot_for_agent(at, cell, version, name);
    if (!snapshot)
        co_return snapshot.error();
    auto overrides = bucket::if_present(co_await bucket::read_snapshot_overrides(at, cell, version));
    if (!overrides)
        co_return overrides.error();
    const model::overrides_manifest over = *overrides ? (*overrides)->value : model::overrides_manifest{};

    const std::string prefix = at.keys.snapshot(cell, version);
    const auto listing = co_await storage::list_all(*at.store, prefix, 2 * release_max_files);
    if (!listing)
        co_return listing.error();
    result<release_contents> contents = release_contents_of(snapshot->value.content, over, *listing, prefix);
    if (!contents)
        co_return contents.error();
    co_return fetched_version{std::move(snapshot->value), *std::move(contents)};
}

task<result<void>> download(
    bucket::location at, const release_contents& contents, const host::folder& into, worker_pool& workers, clock& time)
{
    co_return co_await for_each_concurrently(contents.files.size(), parallel_downloads,
        [&](std::size_t index) { return download_file(at, contents.files[index], into, workers, time); });
}

} // namespace fleetman::agent
