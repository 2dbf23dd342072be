#include "service_fixture.hpp"

#include <catch2/catch.hpp>

using namespace fleetman;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

// A supervisord that takes no definition at all while one of them is wrong.
struct refusing_fixture : service_fixture
{
    refusing_fixture()
    {
        with.supervisor->template_path = root / "template.conf";
        template_says("[program:${service_name}]");
        programs.before = [this](const std::string& order) -> result<void> {
            if (order.starts_with("load ") && any_wrong())
                return error(errc::invalid, "CANT_REREAD");
            return result<void>();
        };
    }

    void template_says(const std::string& head) const
    {
        write(*with.supervisor->template_path, head + "\ncommand=${working_directory}/run.sh\n");
    }

    bool any_wrong() const
    {
        for (const auto& entry : fs::directory_iterator(root / "conf.d"))
            if (entry.path().extension() == ".conf" && text(entry.path()).find("wrong") != std::string::npos)
                return true;
        return false;
    }
};

} // namespace

TEST_CASE_METHOD(refusing_fixture, "a first definition that the manager refuses does not stay", "[agent]")
{
    with.rollback_on_failure = GENERATE(true, false);
    template_says("wrong");
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    CHECK(status("api").state == "stopped");
    CHECK(status("api").error->find("CANT_REREAD") != std::string::npos);
    CHECK(fs::is_empty(root / "conf.d"));
    CHECK(programs.history.back() == "load fleetman-api");

    template_says("[program:${service_name}]");
    publish("other", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    CHECK(status("other").success);
    trigger("api", "v1.0.0");
    cycle();
    CHECK(status("api").success);
}

TEST_CASE_METHOD(
    refusing_fixture, "a refused definition is replaced by the one before, rollback wanted or not", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    with.rollback_on_failure = GENERATE(true, false);
    template_says("wrong");
    publish("api", "v1.1.0", {{"run.sh", "2"}});
    cycle();
    CHECK_FALSE(any_wrong());
    CHECK(status("api").state == "rolled_back");
    CHECK(text(root / "services/api/run.sh") == "1");
    CHECK(programs.of("fleetman-api").phase == host::service_phase::running);
}

TEST_CASE_METHOD(refusing_fixture, "an agent that is killed with a refused definition takes it out", "[agent]")
{
    template_says("wrong");
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    host.on_step = [this](std::string_view step) {
        if (step != "aligned")
            return;
        host.on_step = nullptr;
        throw std::runtime_error("killed");
    };
    cycle();
    REQUIRE(any_wrong());
    restart_agent();
    CHECK_FALSE(any_wrong());
    CHECK(status("api").error->find("CANT_REREAD") != std::string::npos);
}

TEST_CASE_METHOD(
    service_fixture, "the built-in definition's log folder is there, whatever the manifest names", "[agent]")
{
    const auto [profile, live] =
        GENERATE(std::pair("supervisor", "services/api"), std::pair("systemd", "units-services/api"));
    programs.before = [this](const std::string& order) -> result<void> {
        if (order.starts_with("load ") && !fs::is_directory(root / "services/.fleetman/api/shared/logs"))
            return error(errc::invalid, "CANT_REREAD: the folder of stdout_logfile does not exist");
        return result<void>();
    };
    const std::string folders = GENERATE("", R"({"path":"data/","file_type":"folder"})");
    publish("api", "v1.0.0", {{"run.sh", "1"}}, profile, "", folders);
    cycle();
    CHECK(status("api").success);
    CHECK(fs::is_directory(root / live / "logs"));
    CHECK(mode(root / live / "logs/") == 0700);
}

TEST_CASE_METHOD(service_fixture, "what fails behind the stop is not tried again by itself", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    programs.before = [](const std::string& order) -> result<void> {
        if (order == "stop fleetman-api")
            return error(errc::failed, "it does not end");
        return result<void>();
    };
    publish("api", "v1.1.0", {{"run.sh", "2"}});
    cycle();
    CHECK(status("api").state == "failed");
    CHECK(status("api").running_version == "v1.0.0");
    CHECK(programs.history.back() == "start fleetman-api"); // as it was before
    programs.history.clear();
    time.steady += std::chrono::hours(1);
    cycle();
    CHECK(programs.history.empty());
}
