#include <fleetman/bucket/keys.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::model;

namespace {

const bucket::keyspace keys{key_prefix::parse("prod").value()};
const cell_ref cell = cell_ref::parse("node01/api").value();
const version v1 = version::parse("v1.4.0").value();
const manifest_name billing = manifest_name::parse("billing").value();
const file_path server = file_path::parse("bin/server").value();

} // namespace

TEST_CASE("every key is spelled as the bucket's layout says", "[bucket][keys]")
{
    CHECK(keys.agent(cell.node) == "prod/agents/node01.json");
    CHECK(keys.bell(cell.node) == "prod/fleetman/nodes/node01.json");
    CHECK(keys.trigger(cell) == "prod/cells/node01/api/trigger.json");
    CHECK(keys.metadata(cell) == "prod/cells/node01/api/metadata.json");
    CHECK(keys.status(cell) == "prod/cells/node01/api/status.json");
    CHECK(keys.override_file(cell, server) == "prod/cells/node01/api/overrides/bin/server");
    CHECK(keys.overrides_manifest(cell) == "prod/cells/node01/api/overrides_manifest.json");
    CHECK(keys.snapshot(cell, v1) == "prod/cells/node01/api/versions/v1.4.0/");
    CHECK(keys.snapshot_manifest(cell, v1) == "prod/cells/node01/api/versions/v1.4.0/manifest.json");
    CHECK(
        keys.snapshot_overrides_manifest(cell, v1) == "prod/cells/node01/api/versions/v1.4.0/overrides_manifest.json");
    CHECK(keys.snapshot_file(cell, v1, server) == "prod/cells/node01/api/versions/v1.4.0/bin/server");
    CHECK(keys.deployment_file(billing, v1, server) == "prod/deployments/billing/v1.4.0/bin/server");
    CHECK(keys.deployment_manifest(billing, v1) == "prod/deployments/billing/v1.4.0/manifest.json");
    CHECK(keys.staged_file(server) == "prod/staging/bin/server");
    CHECK(keys.recycled(billing, v1, "20260105-100000-123") == "prod/recycle/billing-v1.4.0-20260105-100000-123/");
    CHECK(keys.recycled_cell(cell, "20260105-100000-123") == "prod/cell_recycle/node01/api/20260105-100000-123/");
}

TEST_CASE("the key of a heartbeat names its node, and no other key does", "[bucket][keys]")
{
    CHECK(keys.node_of("prod/agents/web-1.example.net.json").value().str() == "web-1.example.net");
    for (const char* other : {"prod/agents/", "prod/agents/.json", "prod/agents/a.txt", "prod/agents/a/b.json",
             "prod/agents/...json", "prod/cells/a.json", "test/agents/a.json"}) {
        INFO(other);
        CHECK(keys.node_of(other).has_error());
    }
}
