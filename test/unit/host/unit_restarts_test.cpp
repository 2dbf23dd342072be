#include <fleetman/host/files.hpp>
#include <fleetman/host/systemctl.hpp>
#include <fleetman/testing/run.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>

using namespace fleetman;
using namespace fleetman::host;
namespace fs = std::filesystem;

namespace {

// A systemctl that lists and shows what the test wants, and notes what it was asked to show.
struct restarts_fixture
{
    testing::scratch_folder scratch;
    systemctl services{{.program = scratch.path() / "systemctl"}};

    restarts_fixture()
    {
        const std::string here = scratch.path().string();
        write("systemctl", "#!/bin/sh\ncase $1 in\nlist-units) cat " + here + "/listing;;\nshow) echo \"$*\" >>" +
                               here + "/asked; cat " + here + "/shown;;\nesac\n");
        fs::permissions(scratch.path() / "systemctl", fs::perms::owner_all);
    }
    void write(const char* name, const std::string& text) const { std::ofstream(scratch.path() / name) << text; }
    std::string take_asked() const
    {
        const auto text = read_file(scratch.path() / "asked", 10'000);
        fs::remove(scratch.path() / "asked");
        return text ? *text : "";
    }
    std::map<std::string, service_state> states() { return testing::run(services.states("fleetman-")).value(); }
};

std::string listed(const std::string& name, const std::string& active, const std::string& sub)
{
    return R"({"unit":"fleetman-)" + name + R"(.service","load":"loaded","active":")" + active + R"(","sub":")" + sub +
           R"("})";
}

} // namespace

TEST_CASE_METHOD(restarts_fixture, "how often a unit was restarted is asked of those that changed", "[host]")
{
    write("listing", '[' + listed("a", "active", "running") + ',' + listed("b", "active", "running") + ']');
    write("shown", "Id=fleetman-a.service\nNRestarts=3\n\nNRestarts=0\nId=fleetman-b.service\n");
    auto seen = states();
    CHECK(seen.at("fleetman-a").restarts == 3);
    CHECK(seen.at("fleetman-b").restarts == 0);
    CHECK(take_asked() == "show --property Id,NRestarts fleetman-a.service fleetman-b.service\n");

    seen = states();
    CHECK(seen.at("fleetman-a").restarts == 3);
    CHECK(take_asked().empty());

    write("listing", '[' + listed("a", "active", "running") + ',' + listed("b", "activating", "auto-restart") + ']');
    write("shown", "Id=fleetman-b.service\nNRestarts=7\n");
    seen = states();
    CHECK(seen.at("fleetman-a").restarts == 3);
    CHECK(seen.at("fleetman-b").restarts == 7);
    CHECK(seen.at("fleetman-b").phase == service_phase::failed);
    CHECK(take_asked() == "show --property Id,NRestarts fleetman-b.service\n");
}

TEST_CASE_METHOD(restarts_fixture, "an answer that makes no sense costs only the number", "[host]")
{
    write("listing", '[' + listed("a", "active", "running") + ']');
    write("shown", "\n\nId=other\nNRestarts=x\n\n\nId=fleetman-strange.service\nNRestarts=1\n");
    CHECK(states().at("fleetman-a").restarts == 0);
}
