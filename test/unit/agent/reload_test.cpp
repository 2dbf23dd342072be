#include <fleetman/agent/reload.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;

namespace {

config::agent_config config_with(const std::string& global, const std::string& rest)
{
    return config::parse_agent_config("global: {node_id: node01, check_interval_ms: 1000, base_dir: /opt/fleetman" +
                                          global +
                                          "}\nobject_storage: {endpoint: 'http://s3', access_key: a, secret_key: b, "
                                          "bucket: fleet, prefix: prod}\n" +
                                          rest,
        "test")
        .value()
        .value;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("intervals, limits and credentials change while the agent runs, what it is called does not", "[agent]")
{
    const auto now = config_with("", "deploy: {target_folder: /srv}");
    auto wanted =
        config_with(", max_parallel: 9, keep_releases: 7, heartbeat_interval_ms: 5", "deploy: {target_folder: /srv}");
    wanted.object_storage.endpoint = "http://other";
    CHECK(agent::changes_that_need_restart(now, wanted).empty());

    wanted = config_with(", state_directory: /var/lib/x, log_rotation: never", "deploy: {target_folder: /data}");
    wanted.node = model::node_id::parse("node02").value();
    CHECK(agent::changes_that_need_restart(now, wanted) ==
          names{"global.node_id", "global.state_directory", "global.log_rotation", "deploy.target_folder"});
}

TEST_CASE("a profile may be added while the agent runs, but not taken away", "[agent]")
{
    const auto with = config_with("", "deploy: {target_folder: /srv}");
    const auto without = config_with("", "");
    CHECK(agent::changes_that_need_restart(without, with).empty());
    CHECK(agent::changes_that_need_restart(with, without) == names{"deploy"});
}
