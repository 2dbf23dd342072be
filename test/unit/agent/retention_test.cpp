#include "service_fixture.hpp"

#include <fleetman/agent/backups.hpp>
#include <fleetman/agent/retention.hpp>
#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace fleetman;
using namespace fleetman::agent;
using namespace std::chrono_literals;
using testing::agent_fixture;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

using names = std::vector<std::string>;

// "a:10" ran, "a:10!" failed, "a:10*" ran and holds files of the service.
std::vector<stored_release> releases(const names& oldest_first)
{
    std::vector<stored_release> all;
    for (const std::string& text : oldest_first) {
        const std::size_t colon = text.find(':');
        all.push_back(
            {text.substr(0, colon), std::stoull(text.substr(colon + 1)), !text.ends_with('!'), text.ends_with('*')});
    }
    return all;
}

constexpr std::uint64_t no_cap = std::uint64_t{1} << 60;

struct retention_fixture : service_fixture
{
    fs::path releases_folder = root / "services/.fleetman/api/releases";

    void deploy(const std::string& version, std::size_t bytes = 1)
    {
        publish("api", version, {{"run.sh", std::string(bytes, 'x') + version}});
        cycle();
        REQUIRE(status("api").running_version == version);
    }

    names versions_on_disk() const
    {
        names all;
        for (const std::string& name : agent_fixture::tree(releases_folder))
            if (name.ends_with(".json") && name.find('/') == std::string::npos)
                all.push_back(name.substr(0, name.find('-')));
        return all;
    }

    fs::path make_backup(const std::string& name) const
    {
        write(with.base_dir / "backup" / name / "deep/file", "kept");
        return with.base_dir / "backup" / name;
    }
};

} // namespace

TEST_CASE("which releases go: beyond a number, beyond a size, and what never ran", "[agent]")
{
    struct row
    {
        const char* what;
        names all;
        std::string running;
        std::string left;
        release_limits limits;
        names gone;
    };
    const row rows[] = {
        {"all fit", {"a:1", "b:1", "c:1"}, "c", "b", {3, no_cap}, {}},
        {"the oldest beyond the number", {"a:1", "b:1", "c:1", "d:1", "e:1"}, "e", "d", {3, no_cap}, {"a"}},
        {"the one that was left counts", {"a:1", "b:1", "c:1"}, "c", "b", {1, no_cap}, {"a"}},
        {"one that never ran", {"a:1", "b:1!", "c:1", "d:1"}, "d", "c", {3, no_cap}, {"b"}},
        {"one that failed just now stays to be looked at", {"a:1", "b:1", "c:1!"}, "b", "c", {3, no_cap}, {}},
        {"what holds the service's files", {"a:9*", "b:1", "c:1", "d:1"}, "d", "c", {1, 1}, {"b"}},
        {"the cap, oldest first", {"a:10", "b:10", "c:10", "d:10", "e:10"}, "e", "d", {9, 20}, {"a"}},
        {"older ones than one too many go though they fit", {"a:1", "b:30", "c:10", "d:9"}, "d", "c", {9, 20},
            {"a", "b"}},
        {"the cap does not count the two that matter", {"a:5", "b:500", "c:500"}, "c", "b", {9, 5}, {}},
        {"the one to go back to is never dropped for its size", {"a:9", "b:500", "c:500", "d:1!"}, "c", "d", {9, 0},
            {"a"}},
        {"but for its number", {"a:1", "b:1", "c:1", "d:1!"}, "c", "d", {1, no_cap}, {"a", "b"}},
        {"a first release", {"a:500"}, "a", "a", {1, 0}, {}},
        {"no cap at all, one place", {"a:1", "b:1"}, "b", "b", {1, 0}, {}},
    };
    for (const row& each : rows) {
        INFO(each.what);
        CHECK(releases_to_forget(releases(each.all), each.running, each.left, each.limits) == each.gone);
    }
}

TEST_CASE_METHOD(retention_fixture, "old releases stay under the cap, by what their records say", "[agent]")
{
    with.keep_releases = 9;
    with.releases_max_bytes = 2'500;
    for (const char* version : {"v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0"})
        deploy(version, 1'000);
    CHECK(versions_on_disk() == names{"v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0"});
    deploy("v1.5.0", 1);
    CHECK(versions_on_disk() == names{"v1.2.0", "v1.3.0", "v1.4.0", "v1.5.0"});
}

TEST_CASE_METHOD(retention_fixture, "a release that a process still works in is not removed under it", "[agent]")
{
    with.keep_releases = 1;
    deploy("v1.0.0");
    const fs::path old = fs::canonical(root / "services/api");
    // As a unit with KillMode=process leaves one behind.
    std::string where = old.string();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, where.c_str());
    pid_t left_behind = 0;
    std::string program = "/bin/sleep";
    std::string seconds = "600";
    char* arguments[] = {program.data(), seconds.data(), nullptr};
    REQUIRE(::posix_spawn(&left_behind, program.c_str(), &actions, nullptr, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);

    deploy("v1.1.0");
    deploy("v1.2.0");
    CHECK(versions_on_disk() == names{"v1.0.0", "v1.1.0", "v1.2.0"});
    ::kill(left_behind, SIGKILL);
    ::waitpid(left_behind, nullptr, 0);
    deploy("v1.3.0");
    CHECK(versions_on_disk() == names{"v1.2.0", "v1.3.0"});
}

TEST_CASE("a backup's name tells when it was made, and whether it is ours", "[agent]")
{
    const wall_time when = from_unix_seconds(1767607200) + 123ms;
    CHECK(backup_made_at("fleetman-api-" + local_stamp(when)) == when);
    CHECK(backup_made_at("fleetman-a.b_c-1-" + local_stamp(when)) == when);
    for (const char* name : {"", "fleetman-", "fleetman-api", "fleetman-20260105-100000-123", "api-20260105-100000-123",
             "fleetman--20260105-100000-123", "fleetman-api-20260105-100000-12", "fleetman-api-20261305-100000-123",
             "fleetman-api-20260105-100000-123.tar", "fleetman-api-20260105_100000-123"}) {
        INFO(name);
        CHECK_FALSE(backup_made_at(name).has_value());
    }
}

TEST_CASE_METHOD(
    retention_fixture, "backups are kept for ever unless that is limited, and then only ours go", "[agent]")
{
    const std::string old = local_stamp(time.time - std::chrono::days(31));
    const std::string young = local_stamp(time.time - std::chrono::days(29));
    const fs::path gone = make_backup("fleetman-api-" + old);
    const fs::path kept = make_backup("fleetman-api-" + young);
    const fs::path others = make_backup("by-hand-" + old);
    const fs::path outside = root / "outside";
    write(outside / "file", "not ours");
    fs::create_directory_symlink(outside, with.base_dir / "backup" / ("fleetman-link-" + old));
    fs::create_directory_symlink(outside, gone / "deep/link");
    write(with.base_dir / "backup" / ("fleetman-file-" + old), "no folder");
    const names before = agent_fixture::tree(with.base_dir / "backup");

    CHECK(sweep_backups(with, time.time).removed == 0);
    CHECK(agent_fixture::tree(with.base_dir / "backup") == before);

    with.backup_retention = std::chrono::days(30);
    cycle(); // part of an agent's life
    CHECK_FALSE(fs::exists(gone));
    CHECK(text(kept / "deep/file") == "kept");
    CHECK(text(others / "deep/file") == "kept");
    CHECK(text(outside / "file") == "not ours");
    CHECK(fs::is_symlink(with.base_dir / "backup" / ("fleetman-link-" + old)));
    CHECK(fs::is_regular_file(with.base_dir / "backup" / ("fleetman-file-" + old)));
}

TEST_CASE_METHOD(retention_fixture, "a backup that cannot be removed is left for the next time", "[agent]")
{
    with.backup_retention = std::chrono::days(1);
    make_backup("fleetman-api-" + local_stamp(time.time - std::chrono::days(3)));
    CHECK(sweep_backups(with, time.time).removed == 1);
    CHECK(sweep_backups(with, time.time).failed == 0);
    fs::remove(with.base_dir / "backup");
    CHECK(sweep_backups(with, time.time).failed == 0); // nothing was ever set aside
    write(with.base_dir / "backup", "no folder");
    CHECK(sweep_backups(with, time.time).failed == 1);
}
