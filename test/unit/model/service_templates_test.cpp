#include <fleetman/model/service_templates.hpp>
#include <fleetman/model/tokens.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::model;

TEST_CASE("the generated unit runs run.sh as the service's account, within its limits", "[templates]")
{
    manifest of;
    of.service_owner = "svc";
    of.service_group = "www";
    const std::string unit = default_app_service(of, resource_profile{.cpu = "500m"}).value();
    const std::string rendered = render_tokens(unit, {"api", "/opt/services/fleetman-api", "/opt"});
    CHECK(rendered.find("{{") == std::string::npos);
    CHECK(rendered.find("\nExecStart=/opt/services/fleetman-api/run.sh\n") != std::string::npos);
    CHECK(rendered.find("\nUser=svc\nGroup=www\n") != std::string::npos);
    const std::size_t limits = rendered.find("\nCPUQuota=50%\nMemorySwapMax=0\nIOWeight=100\n");
    REQUIRE(limits != std::string::npos);
    CHECK(limits > rendered.find("[Service]"));
    CHECK(limits < rendered.find("[Install]"));
    CHECK(unresolved_tokens(unit).empty());
}

TEST_CASE("an unlimited unit says nothing of limits, a malformed profile is refused", "[templates]")
{
    CHECK(default_app_service(manifest{}, std::nullopt).value().find("IOWeight") == std::string::npos);
    CHECK(default_app_service(manifest{}, resource_profile{.cpu = "1m"}).has_error());
}

TEST_CASE("existing accounts of a unit are replaced and none are added", "[templates]")
{
    CHECK(with_service_account("[Unit]\nUser=kept\n[Service]\n#User=kept\n ; Group=kept\nUser = old\nGroup=\nUserX=1\n"
                               "[Install]\nGroup=kept",
              "svc", "www") == "[Unit]\nUser=kept\n[Service]\n#User=kept\n ; Group=kept\nUser=svc\nGroup=www\nUserX=1\n"
                               "[Install]\nGroup=kept");
    CHECK(with_service_account("[Service]\nExecStart=/x\n", "svc", "www") == "[Service]\nExecStart=/x\n");
    CHECK(with_service_account("", "svc", "www").empty());
}

TEST_CASE("a line that continues a value is no assignment", "[templates]")
{
    const std::string unit = "[Service]\nExecStart=/bin/env \\\n# a note \\\nUser=inside\nUser=old\n";
    CHECK(with_service_account(unit, "svc", "www") ==
          "[Service]\nExecStart=/bin/env \\\n# a note \\\nUser=inside\nUser=svc\n");
}

TEST_CASE("the default program and script are whole", "[templates]")
{
    const std::string program(default_supervisor_program());
    for (const char* placeholder : {"${service_name}", "${working_directory}", "${user}"})
        CHECK(program.find(placeholder) != std::string::npos);
    for (const char* setting : {"\nstopasgroup=true\n", "\nkillasgroup=true\n"}) // run.sh is a shell that has a child
        CHECK(program.find(setting) != std::string::npos);
    CHECK(default_run_script().value().substr(0, 10) == "#!/bin/sh\n");
    CHECK(unresolved_tokens(default_run_script().value()).empty());
}
