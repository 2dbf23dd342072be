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
        const fs::path program = scratch.path() / "analyze";
        std::ofstream(program) << "#!/bin/sh\ncat >&2 <<'END'\n" << says << "\nEND\nexit 1\n";
        fs::permissions(program, fs::perms::owner_all);
        systemctl manager({.analyze = program});
        return testing::run(manager.check(unit));
    }
};

} // namespace

TEST_CASE_METHOD(unit_check_fixture, "what systemd only remarks on a unit does not refuse it", "[host]")
{
    CHECK(judged(unit.string() + ":7: Unknown key name 'Nonsense' in section 'Service', ignoring.").has_value());
    CHECK(judged(unit.string() + ":2: Unknown section 'Extra'. Ignoring.").has_value());
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
