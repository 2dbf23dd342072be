#include <fleetman/config/agent_config.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::config;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view least = R"(global: {node_id: n, check_interval_ms: 1000}
object_storage: {endpoint: "http://127.0.0.1:9000", access_key: a, secret_key: b, bucket: fleet, prefix: p}
)";

} // namespace

TEST_CASE("an agent's file of either generation of the original loads without a warning", "[config]")
{
    const auto old = load_agent_config(FLEETMAN_TEST_DATA "/interop/old/agent.yaml").value();
    CHECK(old.warnings.empty());
    CHECK(old.value.node.str() == "node01");
    CHECK(old.value.check_interval == 30s);
    CHECK_FALSE(old.value.log_directory.has_value());
    CHECK(old.value.rollback_on_failure);
    CHECK_FALSE(old.value.object_storage.path_style);
    CHECK(old.value.systemd->template_path == "/opt/fleetman/systemd.template");
    CHECK(old.value.supervisor->supervisorctl_path == "/usr/bin/supervisorctl");
    CHECK_FALSE(old.value.deploy.has_value());

    const auto later = load_agent_config(FLEETMAN_TEST_DATA "/interop/new/agent.yaml").value();
    REQUIRE(later.warnings.size() == 1);
    CHECK(later.warnings[0].find("new/agent.yaml:23: processmaster: is not supported by this agent") !=
          std::string::npos);
    CHECK(later.value.log_rotation == log_rotation::hourly);
    CHECK_FALSE(later.value.rollback_on_failure);
    CHECK(later.value.deploy->target_folder == "/opt/deployed");
    CHECK_FALSE(later.value.supervisor.has_value());
}

TEST_CASE("our additions to an agent's file have defaults", "[config]")
{
    const agent_config config = parse_agent_config(least, "f").value().value;
    CHECK(config.base_dir == std::filesystem::current_path());
    CHECK(config.state_directory == config.base_dir / ".fleetagent");
    CHECK(config.verify_window == 10s);
    CHECK(config.keep_releases == 3);
    CHECK(config.releases_max_bytes == 4'294'967'296);
    CHECK(config.backup_retention == std::nullopt);
    CHECK_FALSE(config.allow_setuid);
    CHECK(config.log_retention == std::chrono::days(14));
    CHECK(config.max_parallel == 4);
    CHECK(config.discovery_interval == 5min);
    CHECK(config.heartbeat_interval == 1min);
    CHECK(config.retry.attempts == 3);
    CHECK(config.object_storage.region == "us-east-1");
}

TEST_CASE("the example of an agent's file loads, and says every field that there is", "[config]")
{
    const auto example = load_agent_config(FLEETMAN_TEST_DATA "/../../examples/agent_config.example.yaml").value();
    CHECK(example.warnings.empty());
    CHECK(example.value.base_dir == "/opt/fleetman");
    CHECK(example.value.state_directory == "/opt/fleetman/state");
    CHECK(example.value.systemd.has_value());
    CHECK(example.value.supervisor.has_value());
    CHECK(example.value.deploy.has_value());
}

TEST_CASE("numbers that the original takes and we cannot are taken for the nearest, with a warning", "[config]")
{
    const auto read = parse_agent_config(R"(global: {node_id: n, check_interval_ms: 0, s3_retry_count: 100000,
  s3_retry_delay_ms: 7200000, log_file_prefix: ""}
object_storage: {endpoint: "http://127.0.0.1:9000", access_key: a, secret_key: b, bucket: fleet, prefix: p}
)",
        "agent.yaml")
                          .value();
    CHECK(read.value.check_interval == 1ms);
    CHECK(read.value.retry.attempts == 1000);
    CHECK(read.value.retry.delay == 1h);
    CHECK(read.value.log_file_prefix ==
          agent_config{.node = read.value.node, .check_interval = 1s, .object_storage = read.value.object_storage}
              .log_file_prefix);
    REQUIRE(read.warnings.size() == 3);
    CHECK(read.warnings[0] ==
          "agent.yaml:1: global.check_interval_ms: should be from 1 to 604800000; \"0\" is taken for 1");
}

TEST_CASE("folders of an agent are made absolute", "[config]")
{
    const std::string yaml = std::string(least).replace(9, 0, "base_dir: data/../here/, state_directory: own, ");
    const agent_config config = parse_agent_config(yaml, "f").value().value;
    CHECK(config.base_dir == std::filesystem::current_path() / "here");
    CHECK(config.state_directory == std::filesystem::current_path() / "own");
}

TEST_CASE(
    "every mistake of an agent's file is shown with its line, path, what was found and what is allowed", "[config]")
{
    const error refused = parse_agent_config(R"(global:
  node_id: a/b
  check_interval_ms: soon
  log_rotation: weekly
  rollback_on_failure: yes
  max_parallel: 0
object_storage:
  endpoint: https://s3.example.net
  access_key: a
  secret_key: [secret]
  bucket: ""
  prefix: p
systemd: nowhere
deploy: {}
globl: 1
)",
        "agent.yaml")
                              .error();
    CHECK(refused.code() == errc::invalid);
    CHECK(
        refused.message() ==
        R"(agent.yaml:2: global.node_id: a node id is 1 to 255 bytes of text without "/" or control characters, not "." or ".."; found "a/b"
agent.yaml:3: global.check_interval_ms: must be a whole number from 1 to 604800000, without quotes; found "soon"
agent.yaml:4: global.log_rotation: must be daily, hourly or never; found "weekly"
agent.yaml:5: global.rollback_on_failure: must be true or false, without quotes; found "yes"
agent.yaml:6: global.max_parallel: must be a whole number from 1 to 256, without quotes; found "0"
agent.yaml:10: object_storage.secret_key: must be text, found a list
agent.yaml:11: object_storage.bucket: must not be empty
agent.yaml:13: systemd: must be a map, found text
agent.yaml:14: deploy.target_folder: is missing)");
    CHECK(refused.fields().size() == 9);
}

TEST_CASE("an empty agent's file lacks its two sections", "[config]")
{
    CHECK(parse_agent_config("", "f").error().fields() ==
          std::vector<field_error>{{"global", "is missing"}, {"object_storage", "is missing"}});
    CHECK(parse_agent_config("[]", "f").has_error());
    CHECK(parse_agent_config("a: [", "f").error().message().substr(0, 3) == "f:1");
}

TEST_CASE("unknown keys of an agent's file are named and ignored", "[config]")
{
    const std::string yaml = std::string(least) + "deploy: {target_folder: /d, taget: 1}\nextra: {}\n";
    CHECK(parse_agent_config(yaml, "f").value().warnings ==
          std::vector<std::string>{
              "f:3: deploy.taget: is not known and is ignored", "f:4: extra: is not known and is ignored"});
}

TEST_CASE("a file that is not there or no file says so", "[config]")
{
    CHECK(load_agent_config("/nonexistent/agent_config.yaml").error().code() == errc::not_found);
    CHECK(load_agent_config("/").error().message() == "read /: is a folder");
}
