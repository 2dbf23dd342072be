#include "service_fixture.hpp"

#include <fleetman/agent/reconcile.hpp>
#include <fleetman/agent/stage.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using testing::agent_fixture;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

const std::string local = R"({"manifest_name":"billing","version":"v0.9.0","profile":"supervisor"})";

struct takeover_fixture : service_fixture
{
    fs::path live = root / "services/api";
};

} // namespace

TEST_CASE_METHOD(takeover_fixture, "a folder of ours whose program is gone can be deployed to again", "[agent]")
{
    write(live / "manifest.json", local);
    write(live / "run.sh", "v0.9.0");
    write(live / "state.db", "rows");
    publish("api", "v1.0.0", {{"run.sh", "v1.0.0"}});
    cycle();
    CHECK(status("api").success);
    CHECK(text(live / "run.sh") == "v1.0.0");
    CHECK(text(live / "state.db") == "rows");
}

TEST_CASE_METHOD(takeover_fixture, "what has no program is nothing to go back to", "[agent]")
{
    write(live / "manifest.json", local);
    write(live / "run.sh", "v0.9.0");
    publish("api", "v1.0.0", {{"run.sh", "crash"}});
    cycle();
    CHECK_FALSE(status("api").success);
    CHECK(status("api").running_version == "unknown");
    CHECK(programs.of("fleetman-api").phase == host::service_phase::stopped);
}

TEST_CASE_METHOD(takeover_fixture, "a link in the local manifest's place is not followed", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    REQUIRE(agent::installed_cells(with).size() == 1);
    write(root / "secret.json", local);
    fs::remove(live / "manifest.json");
    fs::create_symlink(root / "secret.json", live / "manifest.json");
    CHECK(agent::installed_cells(with).empty());

    write(root / "services/web/run.sh", "v0.9.0");
    fs::create_symlink(root / "secret.json", root / "services/web/manifest.json");
    publish("web", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    CHECK_FALSE(status("web").success);
    CHECK(status("web").error->find("is not a cell's of ours") != std::string::npos);
}

TEST_CASE_METHOD(takeover_fixture, "a version's unit that cannot be read is never replaced by a default", "[agent]")
{
    const fs::path release = root / "release";
    fs::create_directories(release / "app.service"); // stands for whatever keeps the file from being opened
    const agent::cell_layout layout(*with.systemd, model::run_profile::systemd, model::cell_id::parse("api").value());
    const model::snapshot version{
        .name = model::manifest_name::parse("billing").value(), .version = model::version::parse("v1.0.0").value()};
    const auto made = agent::make_definition(
        layout, *with.systemd, host::folder::open(release).value(), version, agent::resolved_rights{}, {});
    CHECK(made.has_error());
}

TEST_CASE_METHOD(
    takeover_fixture, "a unit or program of a cell's name that is somebody else's is left alone", "[agent]")
{
    const auto [profile, definition] = GENERATE(
        std::pair("supervisor", "conf.d/fleetman-api.conf"), std::pair("systemd", "units/fleetman-api.service"));
    INFO(profile);
    write(root / definition, "by hand");
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"app.service", "[Service]\nExecStart=/x\n"}}, profile);
    cycle();
    CHECK(text(root / definition) == "by hand");
    CHECK_FALSE(status("api").success);
    CHECK(
        status("api").error == (root / definition).string() +
                                   " is there, without a folder of this cell's, so it is not ours; move it away first");
    CHECK(programs.history.empty());
    CHECK(units.history.empty());

    fs::remove(root / definition);
    trigger("api", "v1.0.0");
    cycle();
    REQUIRE(status("api").success);
    // What we wrote is known by what it says, also when the disk with the folders is lost.
    fs::remove_all(root / "services");
    fs::remove_all(root / "units-services");
    trigger("api", "v1.0.0");
    cycle();
    CHECK(status("api").success);
}
