#include "deployment.hpp"

#include <fleetman/agent/definition.hpp>
#include <fleetman/agent/fetch.hpp>
#include <fleetman/agent/reconcile.hpp>
#include <fleetman/agent/stage.hpp>
#include <fleetman/agent/supersede.hpp>
#include <fleetman/agent/takeover.hpp>
#include <fleetman/core/deadline.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace fleetman::agent {
namespace {

constexpr unsigned most_releases = 100'000;
constexpr mode_t store_mode = 0711; // until begin_release() says the same whatever our umask

// Trying later may help; anything else needs a person.
bool may_pass(const error& why)
{
    return why.code() == errc::unavailable || why.code() == errc::cancelled;
}

// A number that makes the release's name free, and newer than all of the same contents.
std::string free_release_name(const cell_layout& layout, const model::version& version, const std::string& digest)
{
    std::error_code unknown;
    for (unsigned n = 1; n < most_releases; ++n) {
        std::string name = release_name(version, digest, n);
        if (!std::filesystem::exists(layout.release(name), unknown) &&
            !std::filesystem::exists(layout.record(name), unknown))
            return name;
    }
    return release_name(version, digest, most_releases);
}

class staging
{
public:
    // `running`: the release to be replaced, if there is one.
    staging(const host_access& host, bucket::location at, deploy_request request, fetched_version version,
        cell_layout layout, std::optional<release_record> running)
        : host_(host), at_(std::move(at)), request_(std::move(request)), version_(std::move(version)),
          layout_(std::move(layout)), running_(std::move(running)), record_{.snapshot = version_.snapshot}
    {}

    // A whole release beside the running one, with its record.
    task<result<release_record>> run()
    {
        const result<void> ready = co_await host_.workers.run([this] { return begin(); });
        if (!ready)
            co_return ready.error();
        result<fetched_contents> fetched =
            co_await fetch(at_, version_.contents, *folder_, at_hand_, host_.workers, host_.time);
        if (!fetched)
            co_return fetched.error();
        record_.fetched = std::move(fetched->files);
        downloaded_bytes_ = fetched->downloaded_bytes;
        if (const result<void> finished = co_await host_.workers.run([this] { return finish(); }); !finished)
            co_return finished.error();
        if (const result<void> settled = co_await settle(); !settled)
            co_return settled.error();
        log::info("agent", "staged",
            {{"cell", layout_.cell().str()}, {"release", record_.name}, {"files", record_.files.size()},
                {"downloaded", fetched->downloaded}, {"downloaded_bytes", fetched->downloaded_bytes}});
        co_return record_;
    }

    const journal_entry& journal() const noexcept { return journal_; }
    std::uint64_t downloaded_bytes() const noexcept { return downloaded_bytes_; }
    // How the service was a moment ago; nothing when nobody can tell.
    const std::optional<host::service_state>& service() const noexcept { return service_; }

private:
    // The disk and the service manager take their time, so that they take it beside one another.
    task<result<void>> settle()
    {
        using namespace boost::asio::experimental::awaitable_operators;
        host::service_manager* const manager = host_.manager_of(layout_.profile());
        if (manager == nullptr)
            co_return co_await host_.workers.run([this] { return make_durable(); });
        auto [durable, fine, seen] = co_await (host_.workers.run([this] { return make_durable(); }) &&
                                               judge(*manager) && manager->state(layout_.service()));
        if (seen)
            service_ = *std::move(seen);
        co_return fine ? durable : fine;
    }

    result<void> make_durable()
    {
        if (result<void> done = sync_release(*folder_, version_.contents, rights_); !done)
            return done;
        return write_record(layout_, record_);
    }

    model::token_values tokens() const
    {
        return {layout_.cell().str(), layout_.live(record_.live_name).string(), host_.with.base_dir.string()};
    }

    result<void> begin()
    {
        result<resolved_rights> rights =
            resolve_rights(version_.snapshot.content, version_.contents, host_.account, host_.with.allow_setuid);
        if (!rights)
            return rights.error();
        rights_ = *std::move(rights);
        if (result<host::folder> made = host::folder::make_all(layout_.services(), 0755); !made)
            return made.error();
        if (result<void> room = check_space(layout_.services(), version_.contents); !room)
            return room;
        record_.live_name = layout_.live_name(version_.contents.find("app.service") != nullptr);
        record_.rendered_for = tokens_digest(tokens());
        record_.name = free_release_name(layout_, request_.version, version_.contents.digest);
        journal_ = {.to = record_.name, .version = request_.version.str(), .trigger = request_.trigger};
        // First what leads to the release, then the release: else a kill in between leaves one that nobody knows of.
        if (result<host::folder> made = host::folder::make_all(layout_.store(), store_mode); !made)
            return made.error();
        if (result<void> noted = write_journal(layout_, journal_); !noted)
            return noted;
        result<host::folder> folder = begin_release(layout_, record_.name);
        if (!folder)
            return folder.error();
        folder_ = *std::move(folder);
        if (const auto releases = releases_on_disk(layout_))
            at_hand_ = reusable_files(layout_, *releases, record_.rendered_for);
        host_.completed("begun");
        return result<void>();
    }

    result<void> finish()
    {
        if (result<void> done = render_files(*folder_, version_.contents, tokens(), record_.fetched); !done)
            return done;
        result<definition_texts> texts = make_definition(
            layout_, *host_.with.folders_of(layout_.profile()), *folder_, version_.snapshot, rights_, tokens());
        if (!texts)
            return texts.error();
        if (result<void> done = write_local_manifest(*folder_, version_.snapshot); !done)
            return done;
        if (result<void> done = seal_release(*folder_, version_.contents, rights_); !done)
            return done;
        fill_record(*std::move(texts));
        return result<void>();
    }

    void fill_record(definition_texts texts)
    {
        record_.slot = std::move(texts.slot);
        record_.definition = std::move(texts.installed);
        record_.trigger_id = request_.trigger.id;
        record_.folder_rights = rights_.folder;
        for (const content_file& file : version_.contents.files)
            record_.files.push_back(file.path.str());
        for (std::size_t i = 0; i < version_.contents.folders.size(); ++i)
            if (version_.contents.folders[i].kept)
                record_.kept_folders.push_back({version_.contents.folders[i].path.str(), rights_.folders[i]});
        keep_log_folder();
    }

    // The built-in definitions log to files in `logs/`, which no rule says that a manifest names. supervisord does not
    // take any program's definition while one names a folder that is not there.
    void keep_log_folder()
    {
        const auto is_logs = [](const auto& each) { return each.path.str().starts_with("logs/"); };
        const auto& [files, folders] = std::tie(version_.contents.files, version_.contents.folders);
        if (record_.definition.find("/logs/") == std::string::npos ||
            std::any_of(files.begin(), files.end(), is_logs) || std::any_of(folders.begin(), folders.end(), is_logs))
            return;
        constexpr mode_t default_mode = 0700;
        record_.kept_folders.push_back({"logs/", {rights_.folder.owner, rights_.folder.group, default_mode}});
    }

    // The manager runs this very text. What else it looks at is whether the programs are there that the text names.
    bool is_judged() const
    {
        if (!running_ || !running_->verified || running_->definition != record_.definition)
            return false;
        const auto can_run = [this](const release_record& of, const std::string& file) {
            return ::access((layout_.release(of.name) / file).c_str(), X_OK) == 0;
        };
        return std::none_of(running_->files.begin(), running_->files.end(), [&](const std::string& file) {
            const std::string path = (layout_.live(record_.live_name) / file).string();
            const bool named = record_.definition.find(path) != std::string::npos;
            return named && can_run(*running_, file) && !can_run(record_, file);
        });
    }

    // The manager's judgement of the definition, on a copy in which the live path is the staged release.
    task<result<void>> judge(host::service_manager& manager)
    {
        if (co_await host_.workers.run([this] { return is_judged(); }))
            co_return result<void>();
        const std::filesystem::path copy = layout_.judged_copy();
        const result<void> written = co_await host_.workers.run([&] {
            const std::string text = with_path_replaced(
                record_.definition, layout_.live(record_.live_name).string(), layout_.release(record_.name).string());
            return host::write_scratch(copy, text, 0600);
        });
        if (!written)
            co_return written;
        const result<void> fine = co_await manager.check(copy);
        (void)co_await host_.workers.run([&] { return host::remove_durably(copy); });
        co_return fine;
    }

    const host_access& host_;
    bucket::location at_;
    deploy_request request_;
    fetched_version version_;
    cell_layout layout_;
    std::optional<release_record> running_;
    resolved_rights rights_;
    std::optional<host::folder> folder_;
    reusable_files at_hand_;
    release_record record_;
    journal_entry journal_;
    std::uint64_t downloaded_bytes_ = 0;
    std::optional<host::service_state> service_;
};

// A profile that cannot be deployed here, as a sentence.
result<const profile_folders*> folders_for(const host_access& host, model::run_profile profile)
{
    if (profile == model::run_profile::processmaster)
        return error(errc::unsupported,
            "the profile processmaster belongs to the original's own process manager and is "
            "not supported; use systemd or supervisor");
    const profile_folders* const folders = host.with.folders_of(profile);
    if (folders == nullptr)
        return error(errc::unsupported, "this agent's configuration has no section \"" +
                                            std::string(model::to_string(profile)) +
                                            "\", which the cell's profile needs");
    return folders;
}

// Two managers would each run one of them, and what the service wrote lies in the other one's folder.
error changed_profile(const installed_cell& found, model::run_profile wanted)
{
    const std::string now(model::to_string(found.profile));
    return error(errc::unsupported, "this version's profile is " + std::string(model::to_string(wanted)) +
                                        ", and the cell is installed here with " + now + " (" + found.live.string() +
                                        "); remove it first, which keeps its files in backup/: delete the cell, "
                                        "or run fleetagent remove " +
                                        found.cell.str());
}

// Ends a stage at once when a newer trigger comes: the stage is cancelled and awaited.
task<result<release_record>> stage_unless_newer(staging& stage, std::shared_ptr<newer_trigger> newer)
{
    using namespace boost::asio::experimental::awaitable_operators;
    if (!newer)
        co_return co_await stage.run();
    std::exception_ptr thrown;
    task<result<release_record>> work = detail::keep_exception(stage.run(), thrown);
    auto first = co_await (std::move(work) || newer->wait());
    if (newer->announced())
        co_return error(errc::cancelled, "a newer trigger came");
    if (thrown)
        std::rethrow_exception(thrown);
    if (first.index() == 0)
        co_return std::get<0>(std::move(first));
    co_return error(errc::cancelled, "the agent ends");
}

deploy_outcome failure(deploy_outcome outcome, const error& why)
{
    outcome.ending = may_pass(why) ? ending::postponed : ending::failed;
    outcome.error = why.message();
    return outcome;
}

} // namespace

std::string_view to_string(ending value)
{
    switch (value) {
    case ending::deployed: return "deployed";
    case ending::rolled_back: return "rolled_back";
    case ending::stopped: return "stopped";
    case ending::failed: return "failed";
    case ending::postponed:
    case ending::unfinished: return "pending";
    case ending::superseded: return "superseded";
    }
    return "failed";
}

task<deploy_outcome> deploy(const host_access& host, bucket::location at, deploy_request request)
{
    deploy_outcome outcome{.attempted = request.version, .trigger = request.trigger};
    result<fetched_version> version = co_await read_version(at, request.cell, request.version);
    if (!version)
        co_return failure(std::move(outcome), version.error().within("version " + request.version.str()));
    const model::run_profile profile = version->snapshot.content.profile;
    outcome.manifest = version->snapshot.name;
    outcome.profile = profile;
    const result<const profile_folders*> folders = folders_for(host, profile);
    if (!folders)
        co_return failure(std::move(outcome), folders.error());
    if (result<void> named = check_cell_name(request.cell.cell, profile); !named)
        co_return failure(std::move(outcome), named.error());

    const auto other =
        co_await host.workers.run([&] { return installed_otherwise(host.with, request.cell.cell, profile); });
    if (other)
        co_return failure(std::move(outcome), changed_profile(*other, profile));

    const cell_layout layout(**folders, profile, request.cell.cell);
    if (const result<void> clear = co_await conclude_again(host, layout); !clear)
        co_return failure(std::move(outcome), clear.error().within("clear up behind the version that runs"));
    auto live = co_await host.workers.run([&] { return live_release(layout); });
    if (!live)
        co_return failure(std::move(outcome), live.error());
    if (*live)
        outcome.running = (*live)->version();
    staging stage(host, at, request, *std::move(version), layout, *live);
    result<release_record> staged = co_await stage_unless_newer(stage, request.newer);
    outcome.downloaded_bytes = stage.downloaded_bytes();
    if (!staged) {
        (void)co_await host.workers.run([&] {
            discard_stage(layout, stage.journal());
            return remove_journal(layout);
        });
        outcome = failure(std::move(outcome), staged.error());
        if (request.newer && request.newer->announced())
            outcome.ending = ending::superseded;
        co_return outcome;
    }
    host.completed("staged");
    std::optional<release_record> from = *std::move(live);
    if (!from) {
        result<std::optional<release_record>> taken = co_await take_over(host, at, layout, staged->live_name);
        if (taken && !*taken)
            if (result<void> free = co_await host.workers.run([&] { return check_definition_is_free(layout); }); !free)
                taken = free.error();
        if (!taken) {
            (void)co_await host.workers.run([&] {
                discard_stage(layout, stage.journal());
                return remove_journal(layout);
            });
            co_return failure(std::move(outcome), taken.error());
        }
        from = *std::move(taken);
    }
    journal_entry journal = stage.journal();
    journal.from = from ? from->name : "";
    deploy_outcome ended = co_await switch_and_verify(
        host, layout, std::move(journal), std::move(from), *std::move(staged), stage.service());
    ended.downloaded_bytes = stage.downloaded_bytes();
    co_return ended;
}

} // namespace fleetman::agent
