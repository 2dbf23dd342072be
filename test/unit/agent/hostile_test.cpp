#include "service_fixture.hpp"

#include <catch2/catch.hpp>

using namespace fleetman;
using testing::agent_fixture;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

// A bucket whose writer means harm: each version is refused with a reason, and the host is as it was.
struct hostile_fixture : service_fixture
{
    std::vector<std::string> before;

    hostile_fixture()
    {
        publish("api", "v1.0.0", {{"run.sh", "1"}, {"app.service", "[Service]\nExecStart=/x\n"}}, "systemd");
        cycle();
        REQUIRE(status("api").success);
        units.history.clear();
        before = on_host();
    }

    std::vector<std::string> on_host() const
    {
        std::vector<std::string> all;
        for (const char* folder : {"units-services", "units", "services", "conf.d", "deployed"})
            for (const std::string& name : agent_fixture::tree(root / folder))
                all.push_back(std::string(folder) + '/' + name);
        return all;
    }

    std::string below(const std::string& version) const { return "prod/cells/node01/api/versions/" + version + '/'; }

    void manifest(const std::string& version, const std::string& fields)
    {
        put(below(version) + "manifest.json",
            R"({"manifest_name":"billing","version":")" + version + R"(","profile":"systemd",)" + fields + "}");
        trigger("api", version);
    }

    // The reason.
    std::string refused()
    {
        cycle();
        CHECK(units.history.empty());
        CHECK(on_host() == before);
        CHECK_FALSE(status("api").success);
        CHECK(status("api").state == "failed"); // for good: a repeat will not help
        CHECK(status("api").running_version == "v1.0.0");
        return status("api").error.value_or("");
    }
};

} // namespace

TEST_CASE_METHOD(hostile_fixture, "a manifest of 100 MiB is refused with a reason", "[agent]")
{
    constexpr std::size_t size = std::size_t{100} * 1024 * 1024;
    put(below("v2.0.0") + "manifest.json", std::string(size, ' '));
    trigger("api", "v2.0.0");
    CHECK_THAT(refused(), Catch::Contains("manifest.json") && Catch::Contains("bytes"));
}

TEST_CASE_METHOD(hostile_fixture, "accounts that would add settings to a unit or a program are refused", "[agent]")
{
    for (const char* account :
        {R"(root\nExecStartPre=/bin/sh)", R"(root\r\nUser=x)", "root ", R"(ro\u0000ot)", ":", "../x"})
        for (const char* field : {"service_owner", "service_group", "service_folder_owner"}) {
            INFO(field << ' ' << account);
            put(below("v2.0.0") + "run.sh", "x");
            const std::string both =
                std::string(field) == "service_folder_owner" ? R"(,"service_folder_group":"root")" : "";
            manifest("v2.0.0", R"("files":[{"path":"run.sh","file_type":"text"}],")" + std::string(field) + R"(":")" +
                                   account + '"' + both);
            CHECK_THAT(refused(), Catch::Contains("account") || Catch::Contains(field));
        }
}

TEST_CASE_METHOD(hostile_fixture, "objects with names that lead elsewhere are refused", "[agent]")
{
    const std::string name = GENERATE("../../../etc/cron.d/x", "a/../../x", "/etc/passwd", "a//b", "./a", "new\nline",
        "a\x01"
        "b");
    INFO(name);
    manifest("v2.0.0", R"("files":[])");
    put(below("v2.0.0") + name, "x");
    CHECK_THAT(refused(), Catch::Contains("the snapshot holds"));
}

TEST_CASE_METHOD(hostile_fixture, "a manifest or an override that names such a path is refused", "[agent]")
{
    manifest("v2.0.0", R"("files":[{"path":"../x","file_type":"text"}])");
    CHECK_THAT(refused(), Catch::Contains("path"));
    manifest("v2.0.1", R"("files":[])");
    put(below("v2.0.1") + "overrides_manifest.json",
        R"({"files":[{"path":"/etc/x","file_type":"folder","owner":"root","group":"root","mode":"0777"}]})");
    CHECK_THAT(refused(), Catch::Contains("path"));
}

TEST_CASE_METHOD(
    hostile_fixture, "an override cannot make a link of the service's lead a file out of the cell", "[agent]")
{
    // The service, or whoever broke into it, put a link where the next version brings a file.
    write(root / "outside/file", "not ours");
    const fs::path live = root / "units-services/fleetman-api";
    fs::create_directory_symlink(root / "outside", live / "conf");
    publish("api", "v2.0.0",
        {{"run.sh", "2"}, {"conf/file", "from the bucket"}, {"app.service", "[Service]\nExecStart=/x\n"}}, "systemd");
    put(below("v2.0.0") + "overrides_manifest.json",
        R"({"files":[{"path":"conf/file","file_type":"text","mode":"0777"}]})");
    cycle();
    CHECK(status("api").success);
    CHECK(text(root / "outside/file") == "not ours");
    CHECK(mode(root / "outside/file") != 0777);
    CHECK(text(live / "conf/file") == "from the bucket");
    CHECK_FALSE(fs::is_symlink(live / "conf"));
}
