#include <fleetman/model/documents.hpp>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::model;

namespace {

boost::json::value json_of(std::string_view text)
{
    return boost::json::parse({text.data(), text.size()});
}

constexpr std::string_view report = R"({"report_timestamp": 1767600000, "node_id": "node01",
 "cells": [{"cell_id": "api", "manifest_name": "billing", "profile": "systemd",
            "version": "v1.4.0", "running": true}]})";

constexpr std::string_view failed_status =
    R"({"running_version": "v1.3.9", "applied_at": 1767600000, "status": "failed",
 "error": "exit status 3", "logs": {"logs/stderr.log": ["last", "lines"], "logs/missing.log": null}})";

} // namespace

TEST_CASE("a trigger is a version and, when ours, an id", "[documents]")
{
    CHECK(parse_trigger(R"({"version": "v1.2.3"})").value().id == std::nullopt);
    const trigger ours = parse_trigger(R"({"version": "v1.2.3", "id": "x1", "later": 1})").value();
    CHECK(ours.version.str() == "v1.2.3");
    CHECK(serialize(ours) == R"({"version":"v1.2.3","id":"x1"})");
    CHECK(serialize(trigger{ours.version, std::nullopt}) == R"({"version":"v1.2.3"})");
    for (const char* bad : {"", "{}", "null", "[]", R"({"version":1})", R"({"version":"../v1"})", R"({"version":""})"})
        CHECK(parse_trigger(bad).error().code() == errc::invalid);
    CHECK(parse_trigger("{}").error().message() == "trigger.json is malformed: version: is missing");
}

TEST_CASE("a cell's metadata names its manifest and profile", "[documents]")
{
    const cell_metadata read = parse_cell_metadata(R"({"manifest_name":"billing","profile":"Systemd"})").value();
    CHECK(serialize(read) == R"({"manifest_name":"billing","profile":"systemd"})");
    const error refused = parse_cell_metadata("{}").error();
    CHECK(refused.fields().size() == 2);
}

TEST_CASE("overrides are read with their rights optional and written with all of them", "[documents]")
{
    const overrides_manifest read = parse_overrides_manifest(R"({"files":[{"path":"run.sh","file_type":"template"},
            {"path":"conf/app.yaml","file_type":"text","owner":"svc","group":"svc","mode":"640"}]})")
                                        .value();
    CHECK(read.find("run.sh")->mode == std::nullopt);
    CHECK(read.find("conf/app.yaml")->mode == "0640");
    CHECK(json_of(serialize(read)) ==
          json_of(R"({"files":[{"path":"run.sh","file_type":"template","owner":"root","group":"root","mode":"0700"},
            {"path":"conf/app.yaml","file_type":"text","owner":"svc","group":"svc","mode":"0640"}]})"));
}

TEST_CASE("overrides of a snapshot take the service's owner and group", "[documents]")
{
    manifest of;
    of.service_owner = "billing";
    of.service_group = "www";
    const overrides_manifest read =
        parse_overrides_manifest(R"({"files":[{"path":"a","file_type":"text","owner":"me"}]})").value();
    const overrides_manifest whole = resolved(read, of);
    CHECK(whole.files[0].owner == "me");
    CHECK(whole.files[0].group == "www");
    CHECK(whole.files[0].mode == "0600");
}

TEST_CASE("a failed deployment's status keeps the logs, missing ones as null", "[documents]")
{
    const deployment_status read = parse_deployment_status(failed_status).value();
    CHECK_FALSE(read.success);
    CHECK(read.running_version == "v1.3.9");
    CHECK(read.error == "exit status 3");
    CHECK(read.logs.at("logs/stderr.log")->size() == 2);
    CHECK(read.logs.at("logs/missing.log") == std::nullopt);
    CHECK(json_of(serialize(read)) == json_of(failed_status));
}

TEST_CASE("a successful deployment's status says null for its error and has no logs", "[documents]")
{
    deployment_status done;
    done.running_version = "v1.0.0";
    done.applied_at = 1767600000;
    done.success = true;
    CHECK(serialize(done) == R"({"running_version":"v1.0.0","applied_at":1767600000,"status":"success","error":null})");
    CHECK(parse_deployment_status(serialize(done)).value().success);
}

TEST_CASE("what we add to a status comes back", "[documents]")
{
    deployment_status status = parse_deployment_status(failed_status).value();
    status.trigger_id = "t1";
    status.attempted_version = "v1.4.0";
    status.state = "rolled_back";
    const deployment_status read = parse_deployment_status(serialize(status)).value();
    CHECK(read.trigger_id == "t1");
    CHECK(read.attempted_version == "v1.4.0");
    CHECK(read.state == "rolled_back");
}

TEST_CASE("a status with an unknown outcome or logs of another shape is refused", "[documents]")
{
    const error refused = parse_deployment_status(R"({"running_version":"v1","applied_at":1.5,"status":"maybe",
        "logs":{"a":"text","b":[1]}})")
                              .error();
    std::vector<std::string> fields;
    for (const field_error& each : refused.fields())
        fields.push_back(each.field);
    CHECK(fields == std::vector<std::string>{"applied_at", "status", "logs.a", "logs.b[0]"});
}

TEST_CASE("the report of the format's description is read and written as it stands", "[documents]")
{
    const agent_report read = parse_agent_report(report).value();
    CHECK(read.node.str() == "node01");
    CHECK(read.cells.at(0).running == true);
    CHECK(json_of(serialize(read)) == json_of(report));
    CHECK(serialize(read).find('.') == serialize(read).find("v1.4.0") + 2); // no number with a fraction
}

TEST_CASE("what an agent does not know is left out of its report", "[documents]")
{
    const agent_report read = parse_agent_report(R"({"report_timestamp":1767600000,"node_id":"n","cells":[
        {"cell_id":"c","manifest_name":"m","profile":"deploy","version":null,"running":null}]})")
                                  .value();
    CHECK(serialize(read) == R"({"report_timestamp":1767600000,"node_id":"n","cells":[)"
                             R"({"cell_id":"c","manifest_name":"m","profile":"deploy"}]})");
}

TEST_CASE("what we add to a report comes back", "[documents]")
{
    agent_report value = parse_agent_report(report).value();
    value.heartbeat_interval_ms = 60'000;
    value.agent_version = "0.1.0";
    value.instance_id = "i";
    value.hostname = "h";
    value.cells[0].state = "running";
    value.cells[0].trigger_id = "t";
    const agent_report read = parse_agent_report(serialize(value)).value();
    CHECK(read.heartbeat_interval_ms == 60'000);
    CHECK(read.hostname == "h");
    CHECK(read.cells[0].trigger_id == "t");
}

TEST_CASE("a report from a hostile bucket is refused, with every reason", "[documents]")
{
    const error refused = parse_agent_report(R"({"report_timestamp":"now","node_id":"../../etc","cells":[
        {"cell_id":"a/b","manifest_name":"m","profile":"systemd"},null]})")
                              .error();
    std::vector<std::string> fields;
    for (const field_error& each : refused.fields())
        fields.push_back(each.field);
    CHECK(fields == std::vector<std::string>{"report_timestamp", "node_id", "cells[0].cell_id", "cells[1]"});
    CHECK(parse_agent_report(std::string(5 * 1024 * 1024, ' ')).error().code() == errc::too_large);
}

TEST_CASE("a bell rings with a value", "[documents]")
{
    CHECK(parse_bell(serialize(bell{"abc"})).value().value == "abc");
    CHECK(parse_bell("{}").has_error());
}
