#include "service_fixture.hpp"

#include <fleetman/agent/permissions.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using testing::service_fixture;

namespace {

struct permissions_fixture : service_fixture
{
    std::vector<agent::tried_permission> tries() { return testing::run(agent::try_permissions(at, node, time)); }

    void refuse(const std::string& operation, const std::string& key)
    {
        store->before = [=](const std::string& done, const std::string& on) {
            return done == operation && on == key ? result<void>(error(errc::denied, "access denied")) : result<void>();
        };
    }
};

} // namespace

TEST_CASE_METHOD(permissions_fixture, "on a new node every permission is tried, and only the report stays", "[agent]")
{
    const auto tried = tries();
    REQUIRE(tried.size() == 8);
    for (const agent::tried_permission& one : tried)
        CHECK_FALSE(one.refused);
    CHECK(store->keys() == std::vector<std::string>{"prod/agents/node01.json"});
    CHECK(report().cells.empty());
}

TEST_CASE_METHOD(permissions_fixture, "beside a working agent nothing in the bucket changes", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    const auto keys = store->keys();
    const std::string heartbeat = store->body("prod/agents/node01.json");
    const std::string said = store->body("prod/cells/node01/api/status.json");
    const auto tried = tries();
    REQUIRE(tried.size() == 8);
    CHECK(tried.back().what == "write cells/node01/api/status.json");
    for (const agent::tried_permission& one : tried)
        CHECK_FALSE(one.refused);
    CHECK(store->keys() == keys);
    CHECK(store->body("prod/agents/node01.json") == heartbeat);
    CHECK(store->body("prod/cells/node01/api/status.json") == said);
}

TEST_CASE_METHOD(permissions_fixture, "a permission that is missing is named with what to allow", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    refuse("put", "prod/cells/node01/api/status.json");
    const auto tried = tries();
    REQUIRE(tried.size() == 8);
    REQUIRE(tried.back().refused);
    CHECK(tried.back().refused->message().find("access denied") != std::string::npos);
    CHECK(tried.back().needs == "s3:PutObject on prod/cells/node01/api/status.json");

    refuse("list", "prod/cell_recycle/node01/");
    CHECK(tries().at(1).refused);
}

TEST_CASE_METHOD(permissions_fixture, "a store that cannot be reached is tried once", "[agent]")
{
    store->before = [](const std::string&, const std::string&) { return error(errc::unavailable, "down"); };
    CHECK(tries().size() == 1);
}

TEST_CASE_METHOD(permissions_fixture, "the policy names this node's keys only", "[agent]")
{
    const std::string policy = agent::policy_for("fleet", at.keys, node);
    CHECK(policy.find(R"("arn:aws:s3:::fleet/prod/cells/node01/*/status.json")") != std::string::npos);
    CHECK(policy.find(R"("s3:prefix": ["prod/cells/node01/*", "prod/cell_recycle/node01/*", )"
                      R"("prod/fleetman/nodes/node01.json", "prod/agents/node01.json"])") != std::string::npos);
}
