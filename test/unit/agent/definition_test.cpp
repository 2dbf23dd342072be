#include <fleetman/agent/definition.hpp>

#include <catch2/catch.hpp>

using namespace fleetman::agent;

namespace {

const unit_paths paths{"/opt/s/fleetman-a", "/opt/s/.fleetman/a/u-1", "/opt/s/.fleetman/a/shared"};
const std::string line = "ExecStartPre=-+/bin/ln -sfnT /opt/s/.fleetman/a/u-1 /opt/s/fleetman-a";

} // namespace

TEST_CASE("the aligning line comes first of the commands before the start", "[agent]")
{
    CHECK(installed_unit("[Unit]\nDescription=x\n[Service]\nExecStartPre=/bin/true\nExecStart=/x\n", paths).value() ==
          "[Unit]\nDescription=x\n[Service]\n" + line + "\nExecStartPre=/bin/true\nExecStart=/x\n");
}

TEST_CASE("a line that empties the list does not drop ours", "[agent]")
{
    CHECK(installed_unit("[Service]\nExecStartPre=/a\nExecStartPre=\nExecStartPre=/b\n[Install]\n", paths).value() ==
          "[Service]\nExecStartPre=/a\nExecStartPre=\n" + line + "\nExecStartPre=/b\n[Install]\n");
}

TEST_CASE("section headers and settings inside comments and continued lines do not count", "[agent]")
{
    CHECK(installed_unit("# [Service]\n[Service]\nExecStart=/x \\\n[Service]\n# ExecStartPre=\n", paths).value() ==
          "# [Service]\n[Service]\n" + line + "\nExecStart=/x \\\n[Service]\n# ExecStartPre=\n");
}

TEST_CASE("conditions look at the slot, since they are judged before the live path is aligned", "[agent]")
{
    const std::string unit =
        "[Unit]\nConditionPathExists=/opt/s/fleetman-a/ready\nAssertPathExists=!/opt/s/fleetman-a\n"
        "ConditionPathExists=/opt/s/fleetman-api\n[Service]\n";
    CHECK(installed_unit(unit, paths).value() ==
          "[Unit]\nConditionPathExists=/opt/s/.fleetman/a/u-1/ready\nAssertPathExists=!/opt/s/.fleetman/a/u-1\n"
          "ConditionPathExists=/opt/s/fleetman-api\n[Service]\n" +
              line + "\n");
}

TEST_CASE("writable paths that name the service folder get the folders that it links to", "[agent]")
{
    CHECK(installed_unit("[Service]\nReadWritePaths=/tmp -/opt/s/fleetman-a/\n", paths).value() ==
          "[Service]\n" + line + "\nReadWritePaths=-/opt/s/.fleetman/a/shared /tmp -/opt/s/fleetman-a/\n");
    CHECK(installed_unit("[Service]\nReadWritePaths=/tmp \\\n# why\n  /opt/s/fleetman-a\nExecStart=/x\n", paths)
              .value() ==
          "[Service]\n" + line +
              "\nReadWritePaths=-/opt/s/.fleetman/a/shared /tmp \\\n# why\n  /opt/s/fleetman-a\nExecStart=/x\n");
    CHECK(installed_unit("[Service]\nReadWriteDirectories=/opt/s/fleetman-a", paths).value() ==
          "[Service]\n" + line + "\nReadWriteDirectories=-/opt/s/.fleetman/a/shared /opt/s/fleetman-a");
    CHECK(installed_unit("[Service]\nReadWritePaths=/opt/s\n", paths).value() ==
          "[Service]\n" + line + "\nReadWritePaths=/opt/s\n");
}

TEST_CASE("a unit without a service section, or rooted in the service folder, is refused", "[agent]")
{
    CHECK(installed_unit("[Unit]\n", paths).has_error());
    CHECK(installed_unit("[Service]\nRootDirectory=/opt/s/fleetman-a\n", paths).has_error());
}

TEST_CASE("paths with blanks and specifiers are one word of the command", "[agent]")
{
    const unit_paths odd{"/opt/my apps/100%/a$b", "/slot", "/shared"};
    CHECK(installed_unit("[Service]", odd).value() ==
          "[Service]\nExecStartPre=-+/bin/ln -sfnT /slot \"/opt/my apps/100%%/a$$b\"");
}

TEST_CASE("placeholders of agents' templates are filled and others left alone", "[agent]")
{
    CHECK(fill_placeholders("[program:${service_name}]\n${cell_id} ${other} ${",
              {{"service_name", "fleetman-a"}, {"cell_id", "a"}}) == "[program:fleetman-a]\na ${other} ${");
    CHECK(supervisor_escaped("50%") == "50%%");
}

TEST_CASE("a path is replaced as a whole or as the beginning of a longer one", "[agent]")
{
    CHECK(with_path_replaced("/opt/s/a/run --data=/opt/s/a\n\"/opt/s/a\" /opt/s/a-tools/x", "/opt/s/a", "/new") ==
          "/new/run --data=/new\n\"/new\" /opt/s/a-tools/x");
}
