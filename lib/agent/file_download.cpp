#include "file_download.hpp"

#include <fleetman/agent/fetch.hpp>
#include <fleetman/agent/reuse.hpp>
#include <fleetman/core/log.hpp>

#include <algorithm>

namespace fleetman::agent {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds first_pause = 200ms;
constexpr unsigned most_attempts = 10; // however far each of them got; the client resumes within each
constexpr mode_t private_folder = 0700;
constexpr std::size_t md5_digits = 32;

} // namespace

result<descriptor> fresh_file(const host::folder& into, const model::file_path& path)
{
    const auto replace = [&](const host::folder& parent) -> result<descriptor> {
        if (result<void> gone = parent.remove(path.file_name()); !gone)
            return gone.error();
        return parent.create_file(path.file_name());
    };
    const std::size_t slash = path.str().rfind('/');
    if (slash == std::string::npos)
        return replace(into);
    const result<host::folder> folder =
        host::descend(into, std::string_view(path.str()).substr(0, slash), private_folder);
    if (!folder)
        return folder.error();
    return replace(*folder);
}

// Attempts count while they get no further than the ones before, or no faster than nobody would wait for.
task<result<std::string>> file_download::run()
{
    milliseconds pause = first_pause;
    unsigned fruitless = 0;
    std::uint64_t furthest = 0;
    for (unsigned attempts = 1;; ++attempts) {
        result<std::string> done = co_await attempt();
        if (done || done.error().code() != errc::unavailable)
            co_return done;
        const std::uint64_t reached = sink_ ? sink_->written() : 0;
        const bool got_on = reached > furthest && !sink_->too_slow();
        furthest = std::max(furthest, reached);
        fruitless = got_on ? 1 : fruitless + 1;
        if (fruitless >= download_attempts || attempts == most_attempts)
            co_return done;
        pause = got_on ? first_pause : pause;
        co_await time_.sleep(pause);
        pause *= 2;
    }
}

task<result<std::string>> file_download::attempt()
{
    const bool again = sink_ && sink_->can_go_on() && !file_.etag.empty();
    const result<void> moved = again ? co_await go_on() : co_await begin();
    if (!moved)
        co_return moved.error();
    result<std::string> digest = co_await checked();
    if (!digest)
        sink_.reset();
    co_return digest;
}

task<result<void>> file_download::begin()
{
    sink_.reset();
    in_pieces_ = false;
    result<descriptor> made = co_await workers_.run([this] { return fresh_file(into_, file_.path); });
    if (!made)
        co_return made.error();
    sink_.emplace(*std::move(made), file_.size, file_.path.str(), workers_, time_);
    const result<storage::object_info> got = co_await from_.get(file_.key, *sink_);
    if (!got)
        co_return got.error();
    co_return check_etag(*got);
}

task<result<void>> file_download::go_on()
{
    in_pieces_ = true;
    sink_->begin_piece();
    log::info("agent", "download-resumed", {{"file", file_.path.str()}, {"at", sink_->written()}});
    const result<storage::object_info> got = co_await from_.get_rest(file_.key, file_.etag, sink_->written(), *sink_);
    if (got)
        co_return check_etag(*got);
    if (got.error().code() == errc::unavailable || got.error().code() == errc::denied)
        co_return got.error();
    // Another object by now, or a store that cannot begin in the middle: what is there is of no use.
    sink_.reset();
    co_return error(errc::unavailable, got.error().message());
}

result<void> file_download::check_etag(const storage::object_info& got) const
{
    if (!file_.etag.empty() && !got.etag.empty() && got.etag != file_.etag)
        return error(errc::unavailable, file_.path.str() + ": changed in the store while it was being fetched");
    return result<void>();
}

// A whole answer was checked against its ETag by the client; pieces have to be looked at together.
task<result<void>> file_download::check_pieces()
{
    if (!in_pieces_ || file_.sha256 || file_.etag.size() != md5_digits || !tells_content(file_.etag))
        co_return result<void>();
    const result<std::string> md5 = co_await workers_.run([this] { return sink_->md5_on_disk(); });
    if (!md5)
        co_return md5.error();
    if (*md5 != file_.etag)
        co_return error(errc::unavailable, file_.path.str() + ": the pieces that arrived do not match its ETag");
    co_return result<void>();
}

task<result<std::string>> file_download::checked()
{
    const std::string& path = file_.path.str();
    if (sink_->written() != file_.size)
        co_return error(errc::unavailable, path + ": " + std::to_string(sink_->written()) + " bytes arrived of the " +
                                               std::to_string(file_.size) + " listed");
    if (const result<void> fits = co_await check_pieces(); !fits)
        co_return fits.error();
    std::string digest = sink_->sha256();
    if (file_.sha256 && *file_.sha256 != digest)
        co_return error(in_pieces_ ? errc::unavailable : errc::invalid,
            path + ": its SHA-256 is " + digest + ", the manifest says " + *file_.sha256);
    co_return digest;
}

} // namespace fleetman::agent
