#include "service_fixture.hpp"

#include <fleetman/agent/permissions.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using testing::run;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

// S3 for one who may do what `check-store` prints, and no more: it answers 403 for what is not there, since it tells
// only those who may list the whole bucket.
struct least_policy_fixture : service_fixture
{
    least_policy_fixture()
    {
        store->before = [this](const std::string& operation, const std::string& key) {
            const bool read = operation == "get" || operation == "head" || operation == "get_part";
            const bool fine = read ? store->contains(key) : operation == "list" ? may_list(key) : true;
            return fine ? result<void>() : result<void>(error(errc::denied, "AccessDenied"));
        };
    }

    static bool may_list(const std::string& prefix)
    {
        return prefix.starts_with("prod/cells/node01/") || prefix.starts_with("prod/cell_recycle/node01/") ||
               prefix == "prod/fleetman/nodes/node01.json" || prefix == "prod/agents/node01.json";
    }

    void poll()
    {
        time.time += std::chrono::seconds(30);
        time.steady += std::chrono::seconds(30);
        run(worker->poll()).value();
        run(worker->idle());
    }
};

} // namespace

TEST_CASE_METHOD(least_policy_fixture, "without a bell, and without overrides, a version is deployed", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    restart_agent();
    poll();
    CHECK(status("api").success);
    CHECK(text(root / "services/api/run.sh") == "1");
}

TEST_CASE_METHOD(least_policy_fixture, "overrides that are there and must not be read stop a deployment", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    const std::string overrides = "prod/cells/node01/api/versions/v1.0.0/overrides_manifest.json";
    put(overrides, R"({"files":[]})");
    const auto as_before = store->before;
    store->before = [=](const std::string& operation, const std::string& key) {
        return operation == "get" && key == overrides ? result<void>(error(errc::denied, "AccessDenied"))
                                                      : as_before(operation, key);
    };
    CHECK(cycle().failed == 1);
    CHECK_FALSE(fs::exists(root / "services/api"));
}

TEST_CASE_METHOD(least_policy_fixture, "a cell whose trigger is refused and not listed is gone", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    publish("www", "v1.0.0", {{"run.sh", "1"}});
    restart_agent();
    poll();
    remove("prod/cells/node01/api/trigger.json");
    poll();
    poll();
    CHECK_FALSE(fs::exists(root / "services/api"));
    CHECK(fs::exists(root / "services/www/run.sh"));
}

TEST_CASE_METHOD(least_policy_fixture, "a trigger that is listed and must not be read is not gone", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    publish("www", "v1.0.0", {{"run.sh", "1"}});
    restart_agent();
    poll();
    store->before = [](const std::string&, const std::string& key) {
        return key == "prod/cells/node01/api/trigger.json" ? result<void>(error(errc::denied, "AccessDenied"))
                                                           : result<void>();
    };
    for (int i = 0; i < 4; ++i)
        poll();
    CHECK(fs::exists(root / "services/api/run.sh"));
}

TEST_CASE_METHOD(least_policy_fixture, "what is not there yet is no permission that is missing", "[agent]")
{
    for (const agent::tried_permission& one : run(agent::try_permissions(at, node, time))) {
        INFO(one.what);
        CHECK_FALSE(one.refused);
    }
}
