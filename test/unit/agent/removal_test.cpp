#include "service_fixture.hpp"

#include <fleetman/agent/removal.hpp>

#include <catch2/catch.hpp>

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

    result<fs::path> remove_api()
    {
        const agent::cell_layout layout(
            *with.supervisor, model::run_profile::supervisor, model::cell_id::parse("api").value());
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
    const scratch_folder other("/dev/shm");
    with.base_dir = other.path();
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    write(live / "logs/stdout.log", "line");
    const fs::path backup = remove_api().value();
    check_gone();
    CHECK(text(backup / "logs/stdout.log") == "line");
}
