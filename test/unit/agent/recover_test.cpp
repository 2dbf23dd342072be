#include "service_fixture.hpp"

#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace fleetman;
using testing::agent_fixture;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

struct cut_off : std::runtime_error
{
    cut_off() : std::runtime_error("cut off") {}
};

// Cuts the run off behind one step, then starts an agent on what is there.
struct crash_fixture : service_fixture
{
    bool cut_happened = false;

    void crash_behind(const std::string& step)
    {
        cut_behind(step);
        if (cut_happened)
            restart_agent();
    }

    void cut_behind(const std::string& step)
    {
        cut_happened = false;
        host.on_step = [this, step](std::string_view reached) {
            if (reached != step)
                return;
            cut_happened = true;
            host.on_step = nullptr; // the recovering agent is not cut off
            throw cut_off();
        };
        // Nothing is caught on the way but by the task group, as for any bug; and nothing else is done.
        cycle();
        host.on_step = nullptr;
    }

    void check_whole(const fs::path& live, const std::string& version)
    {
        CHECK(text(live / "run.sh").starts_with(version));
        CHECK(text(live / ("only-" + version)) == version);
        CHECK(text(live / "state.db") == "rows");
        CHECK(text(live / "logs/stdout.log") == "line");
        CHECK(agent_fixture::text(live / "manifest.json").find('"' + version + '"') != std::string::npos);
    }

    static std::string text(const fs::path& path)
    {
        const auto read = host::read_file(path, 1'000'000);
        return read ? *read : "(" + read.error().message() + ")";
    }

    void publish_version(const std::string& version, const std::string& script, const std::string& profile)
    {
        files content{{"run.sh", version + script}, {"only-" + version, version}};
        if (profile == "systemd")
            content["app.service"] = "[Service]\nExecStart=/x " + version + "\n";
        publish("api", version, content, profile);
    }

    void check_clean(const fs::path& services)
    {
        CHECK_FALSE(fs::exists(services / ".fleetman/api/journal.json"));
        for (const auto& entry : fs::directory_iterator(services / ".fleetman/api"))
            if (entry.is_symlink())
                CHECK(fs::exists(entry.path()));
        for (const char* folder : {"units", "conf.d"})
            for (const auto& entry : fs::directory_iterator(root / folder))
                CHECK_FALSE(entry.path().filename().string().starts_with("."));
    }
};

const std::vector<std::string> all_steps{"begun", "staged", "prepared", "stopped", "carried", "ready", "committed",
    "aligned", "loaded", "switched", "started", "verified", "dropped", "cleared"};

} // namespace

TEST_CASE_METHOD(crash_fixture, "cut off behind any step, an upgrade is finished or undone", "[agent]")
{
    const auto [profile, service] = GENERATE(std::pair("supervisor", "services/api"),
        std::pair("systemd", "units-services/fleetman-api"), std::pair("deploy", "deployed/api"));
    const std::string step = GENERATE(from_range(all_steps));
    if (std::string(profile) == "deploy" && (step == "loaded" || step == "started"))
        return; // steps all the same, but they are of no service
    INFO(profile << ", cut off behind " << step);
    const fs::path live = root / service;

    publish_version("v1.0.0", "", profile);
    cycle();
    write(live / "state.db", "rows");
    write(live / "logs/stdout.log", "line");
    publish_version("v2.0.0", "", profile);
    crash_behind(step);
    REQUIRE(cut_happened);
    const std::string now = text(live / "run.sh").substr(0, 6);
    CHECK((now == "v1.0.0" || now == "v2.0.0"));
    check_whole(live, now);
    check_clean(live.parent_path());

    cycle(); // what was undone is deployed afresh
    check_whole(live, "v2.0.0");
    check_clean(live.parent_path());
    CHECK(status("api").running_version == "v2.0.0");
    CHECK(status("api").success);
    CHECK(status("api").note->find("interrupted") != std::string::npos); // finished or undone, that is said
    CHECK_FALSE(fs::exists(live / "only-v1.0.0"));
    CHECK(fs::hard_link_count(live / "state.db") == 1);
}

TEST_CASE_METHOD(crash_fixture, "cut off behind any step of a rollback, it is finished", "[agent]")
{
    const auto [profile, service] =
        GENERATE(std::pair("supervisor", "services/api"), std::pair("systemd", "units-services/fleetman-api"));
    const std::string step = GENERATE(from_range(all_steps));
    if (step == "begun" || step == "staged")
        return; // there is none in a rollback
    INFO(profile << ", cut off behind the second " << step);
    const fs::path live = root / service;
    publish_version("v1.0.0", "", profile);
    cycle();
    write(live / "state.db", "rows");
    write(live / "logs/stdout.log", "line");
    publish_version("v2.0.0", " crash", profile);
    const bool only_once = step == "verified" || step == "dropped" || step == "cleared"; // the crash never gets there
    int left = only_once ? 1 : 2;
    host.on_step = [&](std::string_view reached) {
        if (reached == step && --left == 0) {
            host.on_step = nullptr;
            throw cut_off();
        }
    };
    cycle();
    REQUIRE(left == 0);
    restart_agent();
    check_whole(live, "v1.0.0");
    check_clean(live.parent_path());
    CHECK(status("api").running_version == "v1.0.0");
    CHECK_FALSE(status("api").success);
    CHECK(status("api").error->find("BACKOFF") != std::string::npos);
    CHECK(fs::hard_link_count(live / "state.db") == 1);

    programs.history.clear();
    units.history.clear();
    cycle(); // final: the failed version is not tried again
    CHECK(programs.history.empty());
    CHECK(units.history.empty());
}

TEST_CASE_METHOD(crash_fixture, "a first deployment that was cut off is begun again", "[agent]")
{
    const auto [profile, service] =
        GENERATE(std::pair("supervisor", "services/api"), std::pair("deploy", "deployed/api"));
    const std::string step = GENERATE(from_range(all_steps));
    if (std::string(profile) == "deploy" && (step == "loaded" || step == "started"))
        return; // steps all the same, but they are of no service
    INFO(profile << ", cut off behind " << step);
    const fs::path live = root / service;
    publish_version("v1.0.0", "", profile);
    crash_behind(step);
    REQUIRE(cut_happened);
    if (fs::exists(live))
        CHECK(fs::is_directory(live / "logs"));
    cycle();
    CHECK(text(live / "run.sh") == "v1.0.0");
    CHECK(fs::is_directory(live / "logs"));
    CHECK(status("api").success);
    check_clean(live.parent_path());
    CHECK(fs::exists(fs::read_symlink(live)));
    const fs::path releases = live.parent_path() / ".fleetman/api/releases";
    CHECK(std::distance(fs::directory_iterator(releases), fs::directory_iterator()) == 2); // a release and its record
}

TEST_CASE_METHOD(crash_fixture, "profiles that share a folder leave each other's journals alone", "[agent]")
{
    with.systemd->services = root / "services";
    const std::string step = GENERATE(from_range(all_steps));
    const bool named = GENERATE(true, false); // an earlier agent's journal does not name its profile
    INFO("cut off behind " << step << ", profile " << (named ? "named" : "not named"));
    publish_version("v1.0.0", "", "supervisor");
    cycle();
    write(root / "services/api/state.db", "rows");
    write(root / "services/api/logs/stdout.log", "line");
    publish_version("v2.0.0", "", "supervisor");
    cut_behind(step);
    REQUIRE(cut_happened);
    const fs::path journal = root / "services/.fleetman/api/journal.json";
    if (!named && fs::exists(journal)) {
        std::string written = text(journal);
        const std::size_t at = written.find(R"(,"profile":"supervisor")");
        REQUIRE(at != std::string::npos);
        write(journal, written.erase(at, std::string(R"(,"profile":"supervisor")").size()));
    }
    restart_agent();
    const std::string now = text(root / "services/api/run.sh");
    CHECK((now == "v1.0.0" || now == "v2.0.0"));
    check_whole(root / "services/api", now);
    check_clean(root / "services");
    CHECK(units.history.empty());
}

TEST_CASE_METHOD(crash_fixture, "a copy that the manager was judging is removed with its release", "[agent]")
{
    units.judge = [this](const fs::path&) -> result<void> {
        units.judge = nullptr;
        throw cut_off();
    };
    publish_version("v1.0.0", "", "systemd");
    cycle();
    const fs::path releases = root / "units-services/.fleetman/api/releases";
    REQUIRE(fs::exists(releases / "fleetman-api.service"));
    restart_agent();
    CHECK(fs::is_empty(releases));
}

TEST_CASE_METHOD(crash_fixture, "behind the commit a release is kept, whatever became of its definition", "[agent]")
{
    const std::string step = GENERATE("switched", "started", "verified", "dropped", "cleared");
    const bool readable = GENERATE(true, false);
    INFO("cut off behind " << step << ", definition " << (readable ? "removed" : "unreadable"));
    publish_version("v1.0.0", "", "supervisor");
    cycle();
    with.supervisor->template_path = root / "template.conf"; // so that the definition changes
    write(root / "template.conf", "[program:${service_name}]\ncommand=${working_directory}/run.sh\n");
    publish_version("v2.0.0", "", "supervisor");
    cut_behind(step);
    REQUIRE(cut_happened);
    const fs::path definition = root / "conf.d/fleetman-api.conf";
    const std::string before = text(definition);
    fs::remove(definition);
    if (!readable)
        fs::create_directory(definition);
    restart_agent();
    CHECK(text(root / "services/api/run.sh") == "v2.0.0");
    if (readable)
        return;
    fs::remove(definition);
    write(definition, before);
    restart_agent();
    CHECK(text(root / "services/api/run.sh") == "v2.0.0");
    check_clean(root / "services");
    CHECK(status("api").running_version == "v2.0.0");
}

TEST_CASE_METHOD(crash_fixture, "nothing is deployed over what was interrupted and cannot be read just now", "[agent]")
{
    const std::string unreadable = GENERATE("journal.json", "v1.0.0", "v2.0.0");
    const bool in_between = GENERATE(false, true); // it can be read again while the agent runs
    INFO(unreadable);
    publish_version("v1.0.0", "", "supervisor");
    cycle();
    write(root / "services/api/state.db", "rows");
    write(root / "services/api/logs/stdout.log", "line");
    publish_version("v2.0.0", "", "supervisor");
    cut_behind("carried");
    REQUIRE(cut_happened);
    fs::path file = root / "services/.fleetman/api" / unreadable;
    for (const auto& entry : fs::directory_iterator(root / "services/.fleetman/api/releases"))
        if (const std::string name = entry.path().filename(); name.starts_with(unreadable) && name.ends_with(".json"))
            file = entry.path();
    fs::rename(file, root / "aside");
    fs::create_directory(file);
    programs.history.clear();
    restart_agent();
    cycle();
    CHECK(programs.history.empty());
    CHECK(status("api").state == "pending");
    CHECK(status("api").running_version == "unknown");
    CHECK(status("api").error->find("Is a directory; this goes on when it can be read") != std::string::npos);
    CHECK(testing::run(worker->roll_back(model::cell_id::parse("api").value(), "v1.0.0")).has_error());

    fs::remove(file);
    fs::rename(root / "aside", file);
    remove("prod/cells/node01/api/trigger.json");
    if (!in_between)
        restart_agent();
    cycle();
    CHECK(
        programs.history == std::vector<std::string>{"start fleetman-api"}); // it was running, and that is known still
    check_whole(root / "services/api", "v1.0.0");
    check_clean(root / "services");
    trigger("api", "v2.0.0");
    cycle();
    check_whole(root / "services/api", "v2.0.0");
    CHECK(status("api").note->find("interrupted, and undone") != std::string::npos);
}

TEST_CASE_METHOD(crash_fixture, "a damaged journal counts as none", "[agent]")
{
    publish_version("v1.0.0", "", "supervisor");
    cycle();
    write(root / "services/.fleetman/api/journal.json", "{\"step\":");
    restart_agent();
    trigger("api", "v1.0.0");
    CHECK(cycle().deployed == 1);
    check_clean(root / "services");
}

TEST_CASE_METHOD(crash_fixture, "a folder that the original left is taken over and can be gone back to", "[agent]")
{
    const std::string manifest =
        GENERATE(std::string(R"({"manifest_name":"billing","version":"v0.9.0","profile":"supervisor"})"),
            std::string(R"({"manifest_name":"billing","version":"v0.9.0","profile":"supervisor","bucket":"b",
            "created_at":"2024-11-05T10:00:00+00:00","files":[{"path":"run.sh","file_type":"text"},
            {"path":"only-v0.9.0","file_type":"text"},{"path":"logs/","file_type":"folder"}]})"));
    const fs::path live = root / "services/api";
    put("prod/cells/node01/api/versions/v0.9.0/run.sh", "v0.9.0");
    put("prod/cells/node01/api/versions/v0.9.0/only-v0.9.0", "v0.9.0");
    write(live / "manifest.json", manifest);
    write(live / "run.sh", "v0.9.0");
    write(live / "only-v0.9.0", "v0.9.0");
    write(live / "state.db", "rows");
    write(live / "logs/stdout.log", "line");
    write(root / "conf.d/fleetman-api.conf", "[program:fleetman-api]\ncommand=/x\n");
    write(root / "base/.agent_state_node01.json", R"({"cells":{"api":{"cell_id":"api","manifest_name":"billing",
        "profile":"supervisor","current_version":"v0.9.0","trigger_timestamp":1,"last_deployment_status":"Success"}}})");

    publish_version("v1.0.0", " crash", "supervisor");
    cycle();
    CHECK(status("api").running_version == "v0.9.0");
    check_whole(live, "v0.9.0");
    CHECK(text(root / "conf.d/fleetman-api.conf") == "[program:fleetman-api]\ncommand=/x\n");
    check_clean(root / "services");

    publish_version("v1.1.0", "", "supervisor");
    cycle();
    check_whole(live, "v1.1.0");
    CHECK_FALSE(fs::exists(live / "only-v0.9.0"));
    CHECK(status("api").success);
}

TEST_CASE_METHOD(crash_fixture, "a folder that is not ours is left alone and named", "[agent]")
{
    write(root / "deployed/site/important", "by hand");
    publish("site", "v1.0.0", {{"index.html", "x"}}, "deploy");
    cycle();
    CHECK(text(root / "deployed/site/important") == "by hand");
    CHECK(status("site").error->find((root / "deployed/site").string() + " that is not a cell's of ours") !=
          std::string::npos);
    CHECK(report().cells.at(0).version == std::nullopt);
}

TEST_CASE_METHOD(crash_fixture, "the original's state is honoured: what it handled is not deployed anew", "[agent]")
{
    time.time = from_unix_seconds(1767600000);
    publish("api", "v1.0.0", {{"run.sh", "x"}});
    write(root / "base/.agent_state_node01.json", R"({"cells":{"api":{"cell_id":"api","manifest_name":"billing",
        "profile":"supervisor","current_version":"v1.0.0","trigger_timestamp":1767600000,"last_deployment_status":"Success"}}})");
    cycle();
    CHECK(programs.history.empty());
}

TEST_CASE_METHOD(crash_fixture, "cut off while systemd judges a unit, nothing of it stays", "[agent]")
{
    units.judge = [](const fs::path&) -> result<void> { throw cut_off(); };
    publish_version("v1.0.0", "", "systemd");
    cycle();
    const fs::path releases = root / "units-services/.fleetman/api/releases";
    REQUIRE(fs::exists(releases / "fleetman-api.service"));
    units.judge = nullptr;
    restart_agent();
    CHECK(agent_fixture::tree(releases).empty());
}
