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

// The SHA-256 of what was downloaded, when it is what was asked for.
result<std::string> checked_digest(const content_file& file, const storage::object_info& got, file_sink& sink)
{
    if (!file.etag.empty() && !got.etag.empty() && got.etag != file.etag)
        return error(errc::unavailable, file.path.str() + ": changed in the store while it was being fetched");
    if (sink.written() != file.size)
        return error(errc::unavailable, file.path.str() + ": " + std::to_string(sink.written()) +
                                            " bytes arrived of the " + std::to_string(file.size) + " listed");
    std::string digest = sink.sha256();
    if (file.sha256 && *file.sha256 != digest)
        return error(
            errc::invalid, file.path.str() + ": its SHA-256 is " + digest + ", the manifest says " + *file.sha256);
    return digest;
}

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
        std::optional<std::string> digest;
        if (at_hand_.offers(file))
            digest = co_await workers_.run([&] { return copied(file); });
        if (!digest) {
            result<std::string> downloaded = co_await download(file);
            if (!downloaded)
                co_return downloaded.error();
            digest = *std::move(downloaded);
            ++brought_.downloaded;
            brought_.downloaded_bytes += file.size;
        }
        brought_.files[index] = {file.path.str(), file.size, file.etag, *std::move(digest)};
        co_return result<void>();
    }

    fetched_contents take() { return std::move(brought_); }

private:
    // A failure here is none: the store has the file too.
    std::optional<std::string> copied(const content_file& file) const
    {
        const result<host::descriptor> made = fresh_file(into_, file);
        if (!made)
            return std::nullopt;
        return at_hand_.copy(file, *made, [] { return false; });
    }

    // A stream that broke off in the middle is begun again; what will not get better is final at once.
    task<result<std::string>> download(const content_file& file)
    {
        milliseconds pause = first_pause;
        for (unsigned attempt = 1;; ++attempt) {
            result<std::string> done = co_await download_once(file);
            if (done || done.error().code() != errc::unavailable || attempt == download_attempts)
                co_return done;
            co_await time_.sleep(pause);
            pause *= 2;
        }
    }

    task<result<std::string>> download_once(const content_file& file)
    {
        result<host::descriptor> made = co_await workers_.run([&] { return fresh_file(into_, file); });
        if (!made)
            co_return made.error();
        file_sink sink(*std::move(made), file.size, file.path.str(), workers_);
        const result<storage::object_info> got = co_await at_.store->get(file.key, sink);
        if (!got)
            co_return got.error();
        co_return checked_digest(file, *got, sink);
    }

    bucket::location at_;
    const release_contents& contents_;
    const host::folder& into_;
    const reusable_files& at_hand_;
    worker_pool& workers_;
    clock& time_;
    fetched_contents brought_;
};

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
