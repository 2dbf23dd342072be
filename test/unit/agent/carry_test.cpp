#include "service_fixture.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace fleetman;
using testing::agent_fixture;
using testing::scratch_folder;
using testing::service_fixture;
namespace fs = std::filesystem;

// What the service wrote, where one version has a folder of the service's own and another brings files in it.

namespace {

const std::string data_folder = R"({"path":"logs/","file_type":"folder"},{"path":"data/","file_type":"folder"})";

struct carry_fixture : service_fixture
{
    fs::path live = root / "services/api";

    void publish_version(const std::string& version, const files& content)
    {
        publish("api", version, content, "supervisor", "", data_folder);
    }

    // v1 whose data/ is wholly the service's, with a file of its own in it.
    void run_first_version()
    {
        publish_version("v1.0.0", {{"run.sh", "1"}});
        cycle();
        REQUIRE(fs::is_symlink(live / "data"));
        write(live / "data/state.db", "rows");
    }

    std::vector<std::string> backed_up(const fs::path& base)
    {
        const fs::path all = base / "backup";
        if (!fs::exists(all))
            return {};
        REQUIRE(std::distance(fs::directory_iterator(all), fs::directory_iterator()) == 1);
        backup = fs::directory_iterator(all)->path();
        return agent_fixture::tree(backup);
    }

    fs::path backup;
};

} // namespace

TEST_CASE_METHOD(
    carry_fixture, "a rollback returns to a version whose folder was the service's and is the version's now", "[agent]")
{
    run_first_version();
    publish_version("v2.0.0", {{"run.sh", "crash"}, {"data/default.json", "{}"}});
    cycle();

    CHECK(status("api").running_version == "v1.0.0");
    CHECK(programs.of("fleetman-api").phase == host::service_phase::running);
    CHECK(text(live / "run.sh") == "1");
    CHECK(text(live / "data/state.db") == "rows");
    CHECK_FALSE(fs::exists(live / "data/default.json"));
    CHECK(fs::hard_link_count(live / "data/state.db") == 1);

    publish_version("v2.1.0", {{"run.sh", "2"}, {"data/default.json", "{}"}});
    cycle();
    CHECK(text(live / "data/default.json") == "{}");
    CHECK(text(live / "data/state.db") == "rows");
    CHECK(fs::hard_link_count(live / "data/state.db") == 1);
}

TEST_CASE_METHOD(carry_fixture, "what the service deletes in a version's folder does not reappear later", "[agent]")
{
    run_first_version();
    publish_version("v2.0.0", {{"run.sh", "2"}, {"data/default.json", "{}"}});
    cycle();
    REQUIRE(text(live / "data/state.db") == "rows");
    fs::remove(live / "data/state.db");
    publish_version("v3.0.0", {{"run.sh", "crash"}});
    cycle();
    CHECK(text(live / "run.sh") == "2");
    CHECK_FALSE(fs::exists(live / "data/state.db"));
    for (const std::string& path : agent_fixture::tree(root / "services/.fleetman/api"))
        CHECK_FALSE(path.ends_with("state.db"));
}

TEST_CASE_METHOD(carry_fixture, "a rollback is not held up by a link that the older version's service made", "[agent]")
{
    publish_version("v1.0.0", {{"run.sh", "1"}});
    cycle();
    fs::create_directory(root / "elsewhere");
    fs::create_symlink(root / "elsewhere", live / "cache");
    publish_version("v2.0.0", {{"run.sh", "crash"}, {"cache/seed", "s"}});
    host.on_step = [&](std::string_view step) { // the new version writes before it fails
        if (step == "started" && text(live / "run.sh") == "crash")
            write(live / "cache/hit", "of v2");
    };
    cycle();
    host.on_step = nullptr;
    CHECK(status("api").running_version == "v1.0.0");
    CHECK(programs.of("fleetman-api").phase == host::service_phase::running);
    CHECK(fs::read_symlink(live / "cache") == root / "elsewhere");
    CHECK(agent_fixture::tree(root / "elsewhere").empty());
    CHECK(backed_up(with.base_dir) == std::vector<std::string>{"cache", "cache/hit"});
}

TEST_CASE_METHOD(carry_fixture, "files that a version replaces keep their paths in the backup", "[agent]")
{
    publish_version("v1.0.0", {{"run.sh", "1"}, {"a/own", "x"}});
    cycle();
    write(live / "a/b", "nested");
    write(live / "a_b", "flat");
    write(live / "data/set", "in the service's folder");
    publish_version("v2.0.0", {{"run.sh", "2"}, {"a/b", "v2"}, {"a_b", "v2"}, {"data/set", "v2"}});
    cycle();
    CHECK(text(live / "a/b") == "v2");
    CHECK(text(live / "data/set") == "v2");
    CHECK(backed_up(with.base_dir) == std::vector<std::string>{"a", "a/b", "a_b", "data", "data/set"});
    CHECK(text(backup / "a/b") == "nested");
    CHECK(text(backup / "a_b") == "flat");
    CHECK(text(backup / "data/set") == "in the service's folder");
}

TEST_CASE_METHOD(carry_fixture, "a backup on another file system gets copies", "[agent]")
{
    const scratch_folder other; // the fixture's is in memory
    struct ::stat here{};
    struct ::stat there{};
    REQUIRE(::stat(root.c_str(), &here) == 0);
    REQUIRE(::stat(other.path().c_str(), &there) == 0);
    if (here.st_dev == there.st_dev) {
        WARN("there is no second file system");
        return;
    }
    with.base_dir = other.path();
    publish_version("v1.0.0", {{"run.sh", "1"}});
    cycle();
    write(live / "settings/deep/one.ini", "by hand");
    fs::permissions(live / "settings/deep/one.ini", fs::perms::owner_read);
    fs::create_symlink("nowhere", live / "settings/link");
    publish_version("v2.0.0", {{"run.sh", "2"}, {"settings", "a file now"}});
    cycle();
    CHECK(text(live / "settings") == "a file now");
    CHECK(backed_up(other.path()) ==
          std::vector<std::string>{"settings", "settings/deep", "settings/deep/one.ini", "settings/link"});
    CHECK(text(backup / "settings/deep/one.ini") == "by hand");
    CHECK(mode(backup / "settings/deep/one.ini") == 0400);
    CHECK(fs::read_symlink(backup / "settings/link") == "nowhere");
    CHECK_FALSE(fs::exists(root / "services/.fleetman/api/journal.json"));
}

TEST_CASE_METHOD(carry_fixture, "a release that holds what could not be set aside is never removed", "[agent]")
{
    with.keep_releases = 1;
    publish_version("v1.0.0", {{"run.sh", "1"}});
    cycle();
    write(live / "settings.ini", "by hand");
    write(with.base_dir / "backup", "no folder");
    publish_version("v2.0.0", {{"run.sh", "2"}, {"settings.ini", "v2"}});
    cycle();
    CHECK(status("api").success);
    CHECK_FALSE(fs::exists(root / "services/.fleetman/api/journal.json"));
    for (const char* version : {"v3.0.0", "v4.0.0", "v5.0.0"}) {
        publish_version(version, {{"run.sh", version}});
        cycle();
    }
    std::size_t found = 0;
    for (const auto& entry : fs::directory_iterator(root / "services/.fleetman/api/releases"))
        if (fs::exists(entry.path() / "settings.ini") && text(entry.path() / "settings.ini") == "by hand")
            ++found;
    CHECK(found == 1);
}
