#include <fleetman/model/documents.hpp>
#include <fleetman/model/manifest.hpp>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace fleetman;
using namespace fleetman::model;

namespace {

std::string sample(const std::string& name)
{
    const std::filesystem::path path = std::filesystem::path(FLEETMAN_TEST_DATA "/interop") / name;
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    INFO(path.string());
    REQUIRE_FALSE(text.str().empty());
    return text.str();
}

// The same fields and values, in whatever order and layout.
bool same_document(const std::string& written, const std::string& original)
{
    return boost::json::parse(written) == boost::json::parse(original);
}

} // namespace

TEST_CASE("the documents of an original bucket are read, and written again as they were", "[interop]")
{
    const std::string api = "bucket/prod/cells/node01/api/";
    for (const std::string& cell : {api, std::string("bucket/prod/cells/node01/site/")}) {
        const std::string trigger = sample(cell + "trigger.json");
        CHECK(same_document(serialize(parse_trigger(trigger).value()), trigger));
        const std::string status = sample(cell + "status.json");
        CHECK(same_document(serialize(parse_deployment_status(status).value()), status));
    }
    const std::string metadata = sample(api + "metadata.json");
    CHECK(same_document(serialize(parse_cell_metadata(metadata).value()), metadata));
    const std::string overrides = sample(api + "overrides_manifest.json");
    CHECK(same_document(serialize(parse_overrides_manifest(overrides).value()), overrides));
    const std::string report = sample("bucket/prod/agents/node01.json");
    CHECK(same_document(serialize(parse_agent_report(report).value()), report));
    for (const char* path : {"deployments/billing/v1.3.9", "deployments/billing/v1.4.0",
             "cells/node01/api/versions/v1.4.0", "recycle/billing-v1.2.0-20260101-120000-000"}) {
        const std::string snapshot = sample(std::string("bucket/prod/") + path + "/manifest.json");
        CHECK(same_document(serialize(parse_snapshot(snapshot).value()), snapshot));
    }
}

TEST_CASE("an original snapshot with nulls and a profile in another case is read by both programs", "[interop]")
{
    const std::string text = sample("bucket/prod/cells/node01/site/versions/v0.1.0/manifest.json");
    const snapshot read = parse_snapshot(text).value();
    CHECK(read.content.profile == run_profile::deploy);
    CHECK(read.content.files.at(0).owner == std::nullopt);
    const snapshot seen = parse_snapshot_for_agent(text, read.name, read.version).value();
    CHECK(seen.content == read.content);
}
