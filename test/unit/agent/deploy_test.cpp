#include "service_fixture.hpp"

#include <fleetman/host/accounts.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace fleetman;
using testing::agent_fixture;
using testing::service_fixture;
namespace fs = std::filesystem;

TEST_CASE_METHOD(service_fixture, "a triggered version is installed, started and reported", "[agent]")
{
    publish("api", "v1.0.0",
        {{"run.sh", "cell {{ fleetagent_cell_id }}"}, {"bin/server", "code"},
            {"where.tmpl", "{{fleetagent_service_working_dir}}"}});
    CHECK(cycle().deployed == 1);

    const fs::path live = root / "services/api";
    CHECK(text(live / "run.sh") == "cell api");
    CHECK(text(live / "where.tmpl") == live.string());
    CHECK(text(live / "bin/server") == "code");
    CHECK(fs::is_directory(live / "logs"));
    CHECK(text(live / "manifest.json") == R"({"manifest_name":"billing","version":"v1.0.0","profile":"supervisor"})");
    CHECK(mode(live) == 0700);
    CHECK(mode(live / "run.sh") == 0700);
    CHECK(mode(live / "bin/server") == 0600);
    CHECK(text(root / "conf.d/fleetman-api.conf").find("[program:fleetman-api]") != std::string::npos);
    CHECK(programs.history == std::vector<std::string>{"stop fleetman-api", "enable fleetman-api", "load fleetman-api",
                                  "start fleetman-api"});

    const model::deployment_status said = status("api");
    CHECK(said.success);
    CHECK(said.running_version == "v1.0.0");
    CHECK(said.trigger_id == "1");
    REQUIRE(report().cells.size() == 1);
    CHECK(report().cells[0].version == "v1.0.0");
    CHECK(report().cells[0].running == true);
    CHECK(report().cells[0].manifest.str() == "billing");
}

TEST_CASE_METHOD(
    service_fixture, "nothing happens until the trigger is written again, then the service restarts", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    programs.history.clear();
    CHECK(cycle().deployed == 0);
    restart_agent();
    CHECK(cycle().deployed == 0);
    CHECK(programs.history.empty());

    trigger("api", "v1.0.0");
    CHECK(cycle().deployed == 1);
    // The same text of the definition: it is not written, so nothing has to be loaded.
    CHECK(
        programs.history == std::vector<std::string>{"stop fleetman-api", "enable fleetman-api", "start fleetman-api"});
}

TEST_CASE_METHOD(service_fixture, "a new version replaces the old one whole", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"dropped", "x"}, {"dir/dropped", "y"}});
    cycle();
    publish("api", "v1.1.0", {{"run.sh", "2"}});
    cycle();
    CHECK(text(root / "services/api/run.sh") == "2");
    CHECK_FALSE(fs::exists(root / "services/api/dropped"));
    CHECK_FALSE(fs::exists(root / "services/api/dir"));
    CHECK_FALSE(fs::exists(root / "services/.fleetman/api/journal.json"));
}

TEST_CASE_METHOD(service_fixture, "a version that crashes is rolled back with the reason and its log lines", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    std::ofstream(root / "services/api/logs/stderr.log") << "cannot open the database\n";
    publish("api", "v2.0.0", {{"run.sh", "crash"}});
    CHECK(cycle().failed == 1);

    CHECK(text(root / "services/api/run.sh") == "1");
    CHECK(programs.of("fleetman-api").phase == host::service_phase::running);
    const model::deployment_status said = status("api");
    CHECK_FALSE(said.success);
    CHECK(said.running_version == "v1.0.0");
    CHECK(said.attempted_version == "v2.0.0");
    CHECK(said.error == "fleetman-api does not run: it failed: BACKOFF Exited too quickly");
    CHECK(said.logs.at("logs/stderr.log") == std::vector<std::string>{"cannot open the database"});
    CHECK(said.logs.at("logs/stdout.log") == std::nullopt);
    CHECK(report().cells[0].version == "v1.0.0");

    // Final until somebody triggers again.
    programs.history.clear();
    cycle();
    CHECK(programs.history.empty());
}

TEST_CASE_METHOD(service_fixture, "a first version that crashes ends stopped, and that is said", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "crash"}});
    cycle();
    CHECK(programs.of("fleetman-api").phase == host::service_phase::stopped);
    CHECK(status("api").running_version == "unknown");
    CHECK(status("api").error->find("there is no earlier release, so it is stopped") != std::string::npos);
    CHECK_FALSE(fs::exists(root / "conf.d/fleetman-api.conf")); // nor does it come back with supervisord

    publish("unit", "v1.0.0", {{"run.sh", "crash"}, {"app.service", "[Service]\nExecStart=/bin/true\n"}}, "systemd");
    cycle();
    CHECK(fs::exists(root / "units/fleetman-unit.service"));
    CHECK(units.history.back() == "disable fleetman-unit");

    publish("api", "v1.0.1", {{"run.sh", "1"}});
    cycle();
    CHECK(status("api").running_version == "v1.0.1");
}

TEST_CASE_METHOD(service_fixture, "a first definition that the manager refuses does not stay to be refused", "[agent]")
{
    programs.before = [&](const std::string& order) -> result<void> {
        if (order == "load fleetman-api" && fs::exists(root / "conf.d/fleetman-api.conf"))
            return error(errc::invalid, "CANT_REREAD");
        return result<void>();
    };
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    CHECK_FALSE(fs::exists(root / "conf.d/fleetman-api.conf"));
    CHECK(programs.history.back() == "load fleetman-api");
    CHECK(status("api").error->find("CANT_REREAD") != std::string::npos);
}

TEST_CASE_METHOD(service_fixture, "a version of another profile is refused while the cell is installed", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    for (const char* profile : {"systemd", "deploy"}) {
        publish("api", "v2.0.0", {{"run.sh", "2"}, {"app.service", "[Service]\nExecStart=/bin/true\n"}}, profile);
        programs.history.clear();
        cycle();
        CHECK(programs.history.empty());
        CHECK(units.history.empty());
        CHECK_FALSE(fs::exists(root / "units/fleetman-api.service"));
        CHECK_FALSE(fs::exists(root / "deployed/api"));
        CHECK(text(root / "services/api/run.sh") == "1");
        CHECK(status("api").error->find(std::string("this version's profile is ") + profile +
                                        ", and the cell is installed here with supervisor") != std::string::npos);
    }
}

TEST_CASE_METHOD(service_fixture, "without rollback a failed version is left for inspection", "[agent]")
{
    with.rollback_on_failure = false;
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    publish("api", "v2.0.0", {{"run.sh", "crash"}});
    cycle();
    CHECK(text(root / "services/api/run.sh") == "crash");
    CHECK(status("api").running_version == "v2.0.0");
}

TEST_CASE_METHOD(service_fixture, "a definition that the manager refuses is taken back", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    const std::string before = text(root / "conf.d/fleetman-api.conf");
    programs.before = [&](const std::string& order) -> result<void> {
        const bool ours = text(root / "conf.d/fleetman-api.conf") == before;
        if (order == "load fleetman-api" && !ours)
            return error(errc::invalid, "CANT_REREAD");
        return result<void>();
    };
    with.supervisor->template_path = root / "template.conf";
    std::ofstream(*with.supervisor->template_path) << "[program:${service_name}\ncommand=${working_directory}/run.sh\n";
    publish("api", "v1.1.0", {{"run.sh", "2"}});
    cycle();
    CHECK(text(root / "conf.d/fleetman-api.conf") == before);
    CHECK(text(root / "services/api/run.sh") == "1");
    CHECK(programs.of("fleetman-api").phase == host::service_phase::running);
    CHECK(status("api").running_version == "v1.0.0");
}

TEST_CASE_METHOD(service_fixture, "a unit that systemd would refuse never touches what runs", "[agent]")
{
    publish("web", "v1.0.0", {{"run.sh", "1"}, {"app.service", "[Service]\nExecStart=/x\n"}}, "systemd");
    cycle();
    units.history.clear();
    units.judge = [](const fs::path&) -> result<void> { return error(errc::invalid, "app.service:2: no"); };
    publish("web", "v1.1.0", {{"run.sh", "2"}, {"app.service", "[Service]\nExecStart=relative\n"}}, "systemd");
    cycle();
    CHECK(units.history.empty());
    CHECK(status("web").running_version == "v1.0.0");
    CHECK(status("web").error == "app.service:2: no");
    CHECK(agent_fixture::tree(root / "units") == std::vector<std::string>{"fleetman-web.service"});
}

TEST_CASE_METHOD(
    service_fixture, "a unit that runs already is not judged again while its programs are there", "[agent]")
{
    const std::string unit = "[Service]\nExecStart={{ fleetagent_service_working_dir }}/run.sh\n";
    int judged = 0;
    units.judge = [&](const fs::path&) {
        ++judged;
        return result<void>();
    };
    const auto version = [&](const std::string& name, const std::string& contents, const std::string& mark) {
        publish("web", name, {{"run.sh", contents}, {"app.service", unit + mark}}, "systemd");
        cycle();
    };
    version("v1.0.0", "1", "");
    CHECK(judged == 1);
    version("v1.1.0", "2", "");
    CHECK(judged == 1);
    version("v1.2.0", "3", "Nice=1\n");
    CHECK(judged == 2);
    publish("web", "v1.3.0", {{"other.sh", "4"}, {"app.service", unit + "Nice=1\n"}}, "systemd");
    cycle();
    CHECK(judged == 3);
}

TEST_CASE_METHOD(
    service_fixture, "a unit that starts at boot is enabled again only when its [Install] section changes", "[agent]")
{
    const std::string service = "[Service]\nExecStart=/bin/true\n";
    const std::string install = "[Install]\nWantedBy=multi-user.target\n";
    const auto history_of = [&](const std::string& version, const std::string& unit, std::optional<bool> enabled) {
        units.of("fleetman-web").enabled = enabled;
        units.history.clear();
        publish("web", version, {{"run.sh", version}, {"app.service", unit}}, "systemd");
        cycle();
        return units.history;
    };
    using orders = std::vector<std::string>;
    const orders all{"stop fleetman-web", "enable fleetman-web", "load fleetman-web", "start fleetman-web"};
    CHECK(history_of("v1.0.0", service + install, std::nullopt) == all);
    CHECK(history_of("v1.1.0", service + install, true) == orders{"stop fleetman-web", "start fleetman-web"});
    CHECK(history_of("v1.2.0", service + "Nice=1\n" + install, true) ==
          orders{"stop fleetman-web", "load fleetman-web", "start fleetman-web"});
    CHECK(history_of("v1.3.0", service + "Nice=1\n" + install + "Alias=other.service\n", true) == all);
    // Disabled since by an operator; what the manager shows is not true before it has loaded it again.
    CHECK(history_of("v1.4.0", service + "Nice=1\n" + install + "Alias=other.service\n", false) == all);
}

TEST_CASE_METHOD(service_fixture, "a unit names its slot, and only a changed unit is written", "[agent]")
{
    const std::string unit = "[Service]\nUser=nobody\nExecStart={{ fleetagent_service_working_dir }}/run.sh\n";
    publish("web", "v1.0.0", {{"run.sh", "1"}, {"app.service", unit}}, "systemd");
    cycle();
    const fs::path live = root / "units-services/fleetman-web";
    const std::string installed = text(root / "units/fleetman-web.service");
    const fs::path slot = fs::read_symlink(live);
    CHECK(slot.parent_path() == root / "units-services/.fleetman/web");
    CHECK(installed == "[Service]\nExecStartPre=-+/bin/ln -sfnT " + slot.string() + " " + live.string() +
                           "\nUser=root\nExecStart=" + live.string() + "/run.sh\n");

    units.history.clear();
    publish("web", "v1.1.0", {{"run.sh", "2"}, {"app.service", unit}}, "systemd");
    cycle();
    CHECK(fs::read_symlink(live) == slot);
    CHECK(text(live / "run.sh") == "2");
    CHECK(units.history == std::vector<std::string>{"stop fleetman-web", "enable fleetman-web", "start fleetman-web"});

    publish("web", "v1.2.0", {{"run.sh", "3"}, {"app.service", unit + "Nice=1\n"}}, "systemd");
    cycle();
    CHECK(fs::read_symlink(live) != slot);
    CHECK(text(live / "run.sh") == "3");
}

TEST_CASE_METHOD(service_fixture, "the deploy profile puts files in place and runs nothing", "[agent]")
{
    publish("site", "v1.0.0", {{"index.html", "one"}}, "deploy", "", R"({"path":"cache/","file_type":"folder"})");
    cycle();
    const fs::path live = root / "deployed/site";
    CHECK(text(live / "index.html") == "one");
    CHECK(mode(live) == 0755);
    CHECK(fs::is_directory(live / "cache"));
    publish("site", "v1.1.0", {{"index.html", "two"}}, "deploy", "", R"({"path":"cache/","file_type":"folder"})");
    cycle();
    CHECK(text(live / "index.html") == "two");
    CHECK(programs.history.empty());
    CHECK(report().cells[0].running == std::nullopt);
    CHECK(report().cells[0].version == "v1.1.0");
}

TEST_CASE_METHOD(service_fixture, "an override's file and rights win", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"settings.ini", "overridden"}});
    struct ::stat own{};
    REQUIRE(::stat(root.c_str(), &own) == 0);
    const bool root_runs_this = own.st_uid == 0;
    const std::string owner = root_runs_this ? "nobody" : host::user_name(own.st_uid);
    put("prod/cells/node01/api/versions/v1.0.0/overrides_manifest.json",
        R"({"files":[{"path":"settings.ini","file_type":"text","owner":")" + owner +
            R"(","group":"root","mode":"0640"}]})");
    cycle();
    struct ::stat seen{};
    REQUIRE(::stat((root / "services/api/settings.ini").c_str(), &seen) == 0);
    CHECK(seen.st_uid == host::user_id(owner).value());
    CHECK(seen.st_gid == own.st_gid); // "root" is the default, which the manifest leaves to the agent
    CHECK(text(root / "services/api/settings.ini") == "overridden");
    CHECK(mode(root / "services/api/settings.ini") == 0640);
    CHECK_FALSE(fs::exists(root / "services/api/overrides_manifest.json"));
}

TEST_CASE_METHOD(service_fixture, "a setuid file is installed where that is allowed, with its bits set last", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"helper", "x"}, {"render.tmpl", "{{ fleetagent_cell_id }}"}});
    const std::string owner =
        ::geteuid() == 0 ? "nobody" : host::user_name(::geteuid()); // another, so chown(2) clears them
    const std::string below = "prod/cells/node01/api/versions/v1.0.0/";
    put(below + "overrides_manifest.json",
        R"({"files":[{"path":"helper","file_type":"binary","owner":")" + owner +
            R"(","mode":"04755"},{"path":"render.tmpl","file_type":"template","owner":")" + owner +
            R"(","mode":"06711"}]})");
    cycle();
    CHECK(status("api").error->find("helper: setuid and setgid modes are installed only where the agent has "
                                    "global.allow_setuid: true") != std::string::npos);
    CHECK_FALSE(fs::exists(root / "services/api"));

    with.allow_setuid = true;
    trigger("api", "v1.0.0");
    cycle();
    const auto all_bits = [&](const char* name) {
        struct ::stat seen{};
        REQUIRE(::stat((root / "services/api" / name).c_str(), &seen) == 0);
        return seen.st_mode & 07777;
    };
    CHECK(all_bits("helper") == 04755);
    CHECK(all_bits("render.tmpl") == 06711);
    trigger("api", "v1.0.0");
    cycle(); // taken from the release that is here
    CHECK(all_bits("helper") == 04755);
}

TEST_CASE_METHOD(service_fixture, "a profile without a section is refused with that reason", "[agent]")
{
    with.systemd.reset();
    publish("web", "v1.0.0", {{"run.sh", "1"}}, "systemd");
    cycle();
    CHECK(
        status("web").error == "this agent's configuration has no section \"systemd\", which the cell's profile needs");
    publish("old", "v1.0.0", {{"run.sh", "1"}}, "processmaster");
    cycle();
    CHECK(status("old").error->find("processmaster") != std::string::npos);
}

TEST_CASE_METHOD(service_fixture, "a broken trigger and a broken manifest are reported once each", "[agent]")
{
    put("prod/cells/node01/a/trigger.json", "{");
    publish("b", "v1.0.0", {{"run.sh", "1"}});
    put("prod/cells/node01/b/versions/v1.0.0/manifest.json", "[]");
    cycle();
    CHECK_FALSE(status("a").success);
    CHECK_FALSE(status("b").success);
    const std::size_t writes = store->history.size();
    store->history.clear();
    cycle();
    CHECK(std::count_if(store->history.begin(), store->history.end(),
              [](const std::string& line) { return line.starts_with("put ") && line.ends_with("status.json"); }) == 0);
    CHECK(writes > 0);
}

TEST_CASE_METHOD(service_fixture, "a store that is down postpones a deployment and touches nothing", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    programs.history.clear();
    publish("api", "v1.1.0", {{"run.sh", "2"}});
    store->before = [](const std::string&, const std::string& key) -> result<void> {
        if (key.ends_with("v1.1.0/run.sh"))
            return error(errc::unavailable, "503");
        return result<void>();
    };
    cycle();
    CHECK(programs.history.empty());
    CHECK(status("api").state == "pending");
    CHECK(status("api").running_version == "v1.0.0");
    CHECK(text(root / "services/api/run.sh") == "1");
    // One release: its folder, run.sh, manifest.json, the link logs, and its record.
    CHECK(agent_fixture::tree(root / "services/.fleetman/api/releases").size() == 5);

    store->before = nullptr;
    cycle();
    CHECK(text(root / "services/api/run.sh") == "2");
    CHECK(status("api").success);
}

TEST_CASE_METHOD(service_fixture, "what the service wrote is there after every version", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"data/schema", "s"}});
    cycle();
    const fs::path live = root / "services/api";
    std::ofstream(live / "logs/stdout.log") << "line";
    std::ofstream(live / "data/app.db") << "rows";
    std::ofstream(live / "state.json") << "{}";
    fs::create_directories(live / "cache/deep");
    std::ofstream(live / "cache/deep/entry") << "hit";

    const auto all_there = [&] {
        return text(live / "logs/stdout.log") == "line" && text(live / "data/app.db") == "rows" &&
               text(live / "state.json") == "{}" && text(live / "cache/deep/entry") == "hit";
    };
    for (const char* version : {"v1.1.0", "v1.2.0", "v1.3.0"}) {
        publish("api", version, {{"run.sh", version}, {"data/schema", version}});
        cycle();
        CHECK(text(live / "run.sh") == version);
        CHECK(all_there());
    }
    publish("api", "v2.0.0", {{"run.sh", "crash"}, {"data/schema", "x"}});
    cycle();
    CHECK(text(live / "run.sh") == "v1.3.0");
    CHECK(all_there());
    CHECK(fs::hard_link_count(live / "data/app.db") == 1);
    CHECK_FALSE(fs::is_symlink(live / "data/app.db"));
}

TEST_CASE_METHOD(service_fixture, "a file of the service's that a version brings too is set aside", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    std::ofstream(root / "services/api/settings.ini") << "by hand";
    publish("api", "v1.1.0", {{"run.sh", "2"}, {"settings.ini", "by the version"}});
    cycle();
    CHECK(text(root / "services/api/settings.ini") == "by the version");
    const auto kept = agent_fixture::tree(root / "base/backup");
    REQUIRE(kept.size() == 2);
    CHECK(text(root / "base/backup" / kept[1]) == "by hand");
    CHECK(status("api").success);
    CHECK(status("api").note->find("1 of the service's files have the name of a file of v1.1.0") == 0);
}

TEST_CASE_METHOD(service_fixture, "a deleted cell is stopped and its files are kept aside", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    publish("other", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    std::ofstream(root / "services/api/logs/stdout.log") << "line";
    remove("prod/cells/node01/api/trigger.json");
    time.slept.clear();
    cycle(); // a look, an interval, and another one: once is not enough
    CHECK(std::count(time.slept.begin(), time.slept.end(), with.check_interval) == 1);
    CHECK_FALSE(fs::exists(root / "services/api"));
    CHECK_FALSE(fs::exists(root / "services/.fleetman/api"));
    CHECK_FALSE(fs::exists(root / "conf.d/fleetman-api.conf"));
    CHECK(fs::exists(root / "services/other/run.sh"));
    REQUIRE(std::distance(fs::directory_iterator(root / "base/backup"), fs::directory_iterator()) == 1);
    const fs::path kept = fs::directory_iterator(root / "base/backup")->path();
    CHECK(kept.filename().string().starts_with("fleetman-api-2026"));
    CHECK(text(kept / "run.sh") == "1");
    CHECK(text(kept / "logs/stdout.log") == "line");
    CHECK(report().cells.size() == 1);
}

TEST_CASE_METHOD(service_fixture, "what an operator stopped stays so, whatever is looked at", "[agent]")
{
    const std::string profile = GENERATE("supervisor", "systemd");
    testing::fake_services& manager = profile == "systemd" ? units : programs;
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"app.service", "[Service]\nExecStart=/x\n"}}, profile);
    cycle();
    manager.of("fleetman-api") = {.phase = host::service_phase::stopped, .detail = "by hand"};
    manager.history.clear();
    for (int i = 0; i < 3; ++i) {
        cycle();
        restart_agent();
    }
    fs::remove(agent::state_file(with.base_dir, node)); // nor when all is forgotten, and the trigger adopted
    restart_agent();
    cycle();
    CHECK(manager.history.empty());
    CHECK(report().cells.at(0).running == false);
    CHECK(report().cells.at(0).health == "stopped");
}

TEST_CASE_METHOD(service_fixture, "an empty store removes nothing", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    for (const std::string& key : store->keys())
        remove(key);
    for (int i = 0; i < 5; ++i)
        cycle();
    CHECK(fs::exists(root / "services/api/run.sh"));
    CHECK(report().cells[0].state == "unmanaged");

    put("prod/cell_recycle/node01/api/20260105-100000-000/metadata.json", "{}");
    cycle();
    cycle();
    CHECK_FALSE(fs::exists(root / "services/api"));
}

TEST_CASE_METHOD(service_fixture, "another trigger proves nothing while it cannot be read", "[agent]")
{
    const errc answer = GENERATE(errc::denied, errc::unavailable);
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    publish("site", "v1.0.0", {{"index.html", "x"}}, "deploy", "", "");
    cycle();
    remove("prod/cells/node01/api/trigger.json");
    store->before = [answer](const std::string&, const std::string& key) {
        return key.ends_with("site/trigger.json") ? result<void>(error(answer, "not now")) : result<void>();
    };
    for (int i = 0; i < 5; ++i) {
        time.time += std::chrono::seconds(30);
        time.steady += std::chrono::seconds(30);
        CHECK(testing::run(worker->once()).has_value() == (answer == errc::denied));
    }
    CHECK(fs::exists(root / "services/api/run.sh"));
    CHECK(report().cells[0].state == "unmanaged");

    store->before = nullptr;
    cycle();
    cycle();
    CHECK_FALSE(fs::exists(root / "services/api"));
    CHECK(fs::exists(root / "deployed/site"));
}

TEST_CASE_METHOD(service_fixture, "a version without a service that fails its check is gone back from", "[agent]")
{
    publish("site", "v1.0.0", {{"index.html", "1"}, {"only-1", "x"}}, "deploy");
    cycle();
    write(root / "deployed/site/written", "rows");
    publish("site", "v2.0.0", {{"index.html", "2"}}, "deploy",
        R"("health":[{"type":"tcp","address":"127.0.0.1:1","deadline_ms":1000}])");
    CHECK(cycle().failed == 1);
    CHECK(text(root / "deployed/site/index.html") == "1");
    CHECK(text(root / "deployed/site/only-1") == "x");
    CHECK(text(root / "deployed/site/written") == "rows");
    CHECK(status("site").state == "rolled_back");
    CHECK(status("site").running_version == "v1.0.0");
    CHECK(status("site").error->find("Connection refused") != std::string::npos);
    CHECK_FALSE(fs::exists(root / "deployed/.fleetman/site/journal.json"));
}

TEST_CASE_METHOD(service_fixture, "a trigger that names what runs is adopted after a change of store", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    programs.history.clear();
    with.store_identity = "elsewhere";
    trigger("api", "v1.0.0");
    restart_agent();
    cycle();
    CHECK(programs.history.empty());
    cycle();
    CHECK(programs.history.empty());
    trigger("api", "v1.0.0");
    cycle();
    CHECK_FALSE(programs.history.empty());
}
