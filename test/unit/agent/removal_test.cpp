#include "service_fixture.hpp"

#include <fleetman/agent/backups.hpp>
#include <fleetman/agent/removal.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

using namespace fleetman;
using testing::agent_fixture;
using testing::scratch_folder;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

struct cut_off : std::runtime_error
{
    cut_off() : std::runtime_error("cut off") {}
};

struct removal_fixture : service_fixture
{
    fs::path live = root / "services/api";
    model::cell_id api = model::cell_id::parse("api").value();
    std::optional<scratch_folder> other_disk;

    // A cell whose backups lie on another file system.
    void deploy_beside_another_disk()
    {
        other_disk.emplace(fs::temp_directory_path());
        struct ::stat here{};
        struct ::stat there{};
        REQUIRE(::stat(root.c_str(), &here) == 0);
        REQUIRE(::stat(other_disk->path().c_str(), &there) == 0);
        if (here.st_dev == there.st_dev)
            WARN("there is one file system only, so this tests moving within it");
        with.base_dir = other_disk->path();
        publish("api", "v1.0.0", {{"run.sh", "1"}});
        cycle();
        write(live / "logs/stdout.log", "line");
    }

    std::vector<std::string> names_in_backup() const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(with.base_dir / "backup"))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }

    result<fs::path> remove_api()
    {
        const agent::cell_layout layout(*with.supervisor, model::run_profile::supervisor, api);
        return testing::run(agent::remove_cell(host, layout));
    }

    void cut_off_behind(const std::string& step)
    {
        host.on_step = [step](std::string_view reached) {
            if (reached == step)
                throw cut_off();
        };
        CHECK_THROWS_AS(remove_api(), cut_off);
        host.on_step = nullptr;
    }

    void check_gone()
    {
        CHECK_FALSE(fs::exists(fs::symlink_status(live)));
        CHECK_FALSE(fs::exists(root / "services/.fleetman/api"));
        CHECK_FALSE(fs::exists(root / "conf.d/fleetman-api.conf"));
        CHECK(programs.of("fleetman-api").phase == host::service_phase::stopped);
    }

    fs::path only_backup() const
    {
        const fs::path all = with.base_dir / "backup";
        REQUIRE(std::distance(fs::directory_iterator(all), fs::directory_iterator()) == 1);
        return fs::directory_iterator(all)->path();
    }
};

} // namespace

TEST_CASE_METHOD(removal_fixture, "a removal that was cut off is finished by the next try", "[agent]")
{
    const std::string step = GENERATE("unregistered", "set-aside");
    INFO("cut off behind " << step);
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    write(live / "logs/stdout.log", "line");
    cut_off_behind(step);
    programs.history.clear();
    REQUIRE(remove_api().has_value());
    check_gone();
    CHECK(text(only_backup() / "run.sh") == "1");
    CHECK(text(only_backup() / "logs/stdout.log") == "line");
    // Whether the manager forgot the service is not known after a crash.
    CHECK(std::count(programs.history.begin(), programs.history.end(), "load fleetman-api") == 1);
}

TEST_CASE_METHOD(removal_fixture, "a manager that could not forget a service is asked again", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    programs.before = [](const std::string& order) -> result<void> {
        return order == "load fleetman-api" ? error(errc::failed, "CANT_REREAD") : result<void>();
    };
    CHECK(remove_api().has_error());
    CHECK(fs::exists(live / "run.sh"));
    programs.before = nullptr;
    programs.history.clear();
    CHECK(remove_api().has_value());
    CHECK(programs.history == std::vector<std::string>{"stop fleetman-api", "load fleetman-api"});
    check_gone();
}

TEST_CASE_METHOD(removal_fixture, "folders in folders of the service's are kept when its cell is removed", "[agent]")
{
    const std::string folders = R"({"path":"logs/","file_type":"folder"},{"path":"data/","file_type":"folder"})";
    publish("api", "v1.0.0", {{"run.sh", "1"}}, "supervisor", "", folders);
    cycle();
    write(live / "data/sub/deep/state.db", "rows");
    publish("api", "v2.0.0", {{"run.sh", "2"}, {"data/default.json", "{}"}}, "supervisor", "", folders);
    cycle();
    publish("api", "v1.0.0", {{"run.sh", "1"}}, "supervisor", "", folders);
    cycle();
    REQUIRE(text(live / "data/sub/deep/state.db") == "rows");

    const fs::path backup = remove_api().value();
    check_gone();
    CHECK(text(backup / "data/sub/deep/state.db") == "rows");
    for (const auto& entry : fs::recursive_directory_iterator(backup))
        CHECK_FALSE(entry.is_symlink());
}

TEST_CASE_METHOD(removal_fixture, "what no link leads to any more is kept too", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    write(live / "logs/stdout.log", "line");
    fs::remove(live / "logs"); // the service's folder belongs to the service
    const fs::path backup = remove_api().value();
    check_gone();
    CHECK(text(backup / ".fleetman-shared/logs/stdout.log") == "line");
}

TEST_CASE_METHOD(removal_fixture, "a backup on another file system gets copies before the files go", "[agent]")
{
    deploy_beside_another_disk();
    std::vector<std::string> steps;
    host.on_step = [&](std::string_view reached) { steps.emplace_back(reached); };
    const fs::path backup = remove_api().value();
    CHECK(std::count(steps.begin(), steps.end(), "copying") == 1);
    check_gone();
    CHECK(text(backup / "logs/stdout.log") == "line");
    CHECK(names_in_backup() == std::vector<std::string>{backup.filename().string()});
}

TEST_CASE_METHOD(removal_fixture, "a copy that fails takes up no room, and the files stay where they are", "[agent]")
{
    deploy_beside_another_disk();
    host.on_step = [this](std::string_view reached) {
        if (reached == "copying") // a folder cannot be copied onto a file
            write(with.base_dir / "backup" / agent::partial_backup_name(api), "in the way");
    };
    const auto failed = remove_api();
    REQUIRE(failed.has_error());
    CHECK_THAT(failed.error().message(), Catch::Contains("/bin/cp"));
    CHECK(names_in_backup().empty());
    CHECK(text(live / "logs/stdout.log") == "line");

    host.on_step = nullptr;
    const fs::path backup = remove_api().value();
    check_gone();
    CHECK(names_in_backup() == std::vector<std::string>{backup.filename().string()});
}

TEST_CASE_METHOD(removal_fixture, "what was copied when the agent was killed goes, and is no backup", "[agent]")
{
    deploy_beside_another_disk();
    cut_off_behind("copying");
    const std::string partial = agent::partial_backup_name(api);
    write(with.base_dir / "backup" / partial / "run.sh", "half");
    write(with.base_dir / "backup/.mine.partial", "somebody's");
    const bool started_anew = GENERATE(true, false);
    if (started_anew) {
        restart_agent();
        CHECK(names_in_backup() == std::vector<std::string>{".mine.partial"});
    }
    const fs::path backup = remove_api().value();
    check_gone();
    CHECK(names_in_backup() == std::vector<std::string>{".mine.partial", backup.filename().string()});
    CHECK(text(backup / "run.sh") == "1");
}

TEST_CASE_METHOD(
    removal_fixture, "a removal that fails is told in the heartbeat, and is a failure of the look", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    publish("www", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    remove("prod/cells/node01/api/trigger.json");
    programs.before = [](const std::string& order) -> result<void> {
        return order == "stop fleetman-api" ? error(errc::failed, "it does not stop") : result<void>();
    };
    CHECK(cycle().failed == 1);
    CHECK_THAT(*report().last_error, Catch::StartsWith("api: not removed: ") && Catch::Contains("it does not stop"));
    programs.before = nullptr;
    CHECK(cycle().failed == 0);
    check_gone();
}
