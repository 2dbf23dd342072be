#include <fleetman/host/systemctl.hpp>
#include <fleetman/testing/run.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>

using namespace fleetman;
using namespace fleetman::host;
namespace fs = std::filesystem;

namespace {

// A systemd-analyze that says what the test wants of the unit.
struct unit_check_fixture
{
    testing::scratch_folder scratch;
    fs::path unit = scratch.path() / "fleetman-api.service";

    result<void> judged(const std::string& says)
    {
        return judged_by("cat >&2 <<'END'\n" + says + "\nEND\nexit 1\n", std::chrono::seconds(15));
    }

    result<void> judged_by(const std::string& script, milliseconds limit)
    {
        const fs::path program = scratch.path() / "analyze";
        std::ofstream(program) << "#!/bin/sh\n" << script;
        fs::permissions(program, fs::perms::owner_all);
        systemctl manager({.analyze = program, .query_limit = limit});
        return testing::run(manager.check(unit));
    }
};

} // namespace

TEST_CASE_METHOD(unit_check_fixture, "what systemd only remarks on a unit does not refuse it", "[host]")
{
    CHECK(judged(unit.string() + ":7: Unknown key name 'Nonsense' in section 'Service', ignoring.").has_value());
    CHECK(judged(unit.string() + ":2: Unknown section 'Extra'. Ignoring.").has_value());
    CHECK(judged(unit.string() + ":9: Special user nobody configured, this is not safe!").has_value());
    CHECK(judged(unit.string() + ":9: Unit uses KillMode=none. Support for KillMode=none is deprecated").has_value());
    CHECK(judged(unit.string() + ":4: Standard output type syslog is obsolete, automatically updating to journal.")
            .has_value());
}

TEST_CASE_METHOD(unit_check_fixture, "what systemd refuses in a unit is said, without the remarks", "[host]")
{
    const result<void> refused =
        judged(unit.string() + ":7: Unknown key name 'Nonsense' in section 'Service', ignoring.\n" +
               "fleetman-api.service: Service has no ExecStart=. Refusing.\nother.service: not ours");
    REQUIRE(refused.has_error());
    CHECK(refused.error().message() ==
          "systemd does not accept the unit: fleetman-api.service: Service has no ExecStart=. Refusing.");
}

TEST_CASE_METHOD(unit_check_fixture, "a judge that does not come to an end has judged nothing", "[host]")
{
    const result<void> judged = judged_by("exec sleep 1000\n", std::chrono::milliseconds(100));
    REQUIRE(judged.has_error());
    CHECK(judged.error().code() == errc::unavailable);
    CHECK_THAT(judged.error().message(), Catch::Contains("/analyze verify: "));
}
