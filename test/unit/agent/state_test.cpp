#include <fleetman/agent/journal.hpp>
#include <fleetman/agent/state.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::agent;

namespace {

model::cell_id cell(const char* name)
{
    return model::cell_id::parse(name).value();
}

} // namespace

TEST_CASE("the original's state is understood", "[agent]")
{
    const agent_state read = parse_agent_state(R"({"cells": {
        "api": {"cell_id": "api", "manifest_name": "billing", "profile": "Supervisor", "current_version": "v1.2.0",
                "previous_version": "v1.1.0", "trigger_timestamp": 1767600000, "last_deployment_status": "Success",
                "last_deployment_time": 1767600010, "running": true},
        "new": {"cell_id": "new", "manifest_name": "m", "profile": "deploy", "current_version": null,
                "trigger_timestamp": 1767600001, "last_deployment_status": "InProgress"}}})")
                                 .value();
    const cell_state& api = read.cells.at(cell("api"));
    CHECK(api.current->str() == "v1.2.0");
    CHECK(api.previous->str() == "v1.1.0");
    CHECK(api.profile == model::run_profile::supervisor);
    CHECK(api.handled == trigger_identity{"", 1767600000, ""});
    CHECK(api.success);
    CHECK_FALSE(read.cells.at(cell("new")).handled); // it was interrupted
    CHECK(read.store_identity.empty());
}

TEST_CASE("our state comes back as it was written, in the original's fields too", "[agent]")
{
    agent_state state{.store_identity = "here"};
    state.cells[cell("api")] = {.manifest = model::manifest_name::parse("billing").value(),
        .profile = model::run_profile::systemd,
        .current = model::version::parse("v1.0.0").value(),
        .handled = trigger_identity{"etag", 1767600000, "id"},
        .success = false,
        .deployed_at = 5,
        .state = "rolled_back",
        .error = "why"};
    const std::string text = serialize(state);
    for (const char* part : {R"("cell_id":"api")", R"("manifest_name":"billing")", R"("profile":"systemd")",
             R"("current_version":"v1.0.0")", R"("trigger_timestamp":1767600000)",
             R"("last_deployment_status":"Failed")", R"("last_deployment_time":5)", R"("running":false)"})
        CHECK(text.find(part) != std::string::npos);
    const cell_state read = parse_agent_state(text).value().cells.at(cell("api"));
    CHECK(read.handled == trigger_identity{"etag", 1767600000, "id"});
    CHECK(read.state == "rolled_back");
    CHECK(read.error == "why");
}

TEST_CASE("a damaged state file is an error, a damaged cell in it is left out", "[agent]")
{
    CHECK(parse_agent_state("").has_error());
    CHECK(parse_agent_state("{}").has_error());
    CHECK(parse_agent_state(R"({"cells": {"a": 1, "b/c": {}, "d": {"profile": 3}}})").value().cells.size() == 1);
}

TEST_CASE("a journal comes back as it was written", "[agent]")
{
    const journal_entry written{.at = step::ready,
        .rolling_back = true,
        .from = "a",
        .to = "b",
        .was_running = true,
        .reason = "why",
        .failed_version = "v2.0.0",
        .carried = {"x", "y/z"},
        .conflicts = {"q"},
        .version = "v1.0.0",
        .trigger = {"etag", 7, "id"}};
    const journal_entry read = parse_journal(serialize(written)).value();
    CHECK(serialize(read) == serialize(written));
    CHECK(read.at == step::ready);
    CHECK(read.carried == written.carried);
    CHECK(parse_journal(R"({"step":"dancing"})").has_error());
    CHECK(parse_journal("").has_error());
}
