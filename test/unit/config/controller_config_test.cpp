#include <fleetman/config/controller_config.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace fleetman;
using namespace fleetman::config;
using namespace fleetman::model;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> warnings(std::string_view yaml)
{
    return parse_controller_config(yaml, "f").value().warnings;
}

const bucket_name prod = bucket_name::parse("prod-eu").value();
const manifest_name billing = manifest_name::parse("billing").value();

std::string hash_of_cost(const std::string& cost)
{
    return "$2b$" + cost + "$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
}

constexpr std::string_view bucket = R"(buckets:
  b: {bucket_name: fleet, endpoint: "http://127.0.0.1:9000", access_key: a, secret_key: s, path_style: true, prefix: p}
)";

} // namespace

TEST_CASE("a controller's file of the original's first generation loads without a warning", "[config]")
{
    const auto old = load_controller_config(FLEETMAN_TEST_DATA "/interop/old/controller.yaml").value();
    CHECK(old.warnings.empty());
    const bucket_connection& connection = old.value.buckets.at(prod);
    CHECK(connection.bucket == "fleet");
    CHECK(connection.path_style);
    CHECK(connection.prefix.str() == "prod");
    const manifest& service = old.value.manifests.at(billing);
    CHECK(service.profile == run_profile::supervisor);
    CHECK(service.files.at(1).mode == "0755"); // unquoted in the file
    CHECK(service.files.at(2).mode == std::nullopt);
    CHECK(service.service_folder_mode == "0700");
    CHECK(old.value.cells.at(cell_ref::parse("node01/api").value()) == config::cell{prod, billing});
    CHECK(old.value.console == web_console{});
    CHECK_FALSE(old.value.store.has_value());
}

TEST_CASE("a controller's file of its later generation loads, texts that look like numbers included", "[config]")
{
    const auto later = load_controller_config(FLEETMAN_TEST_DATA "/interop/new/controller.yaml").value();
    REQUIRE(later.warnings.size() == 2);
    for (const char* said : {"manifests.yes.restart_policy: is not known", "telemetry: is not known"})
        CHECK(std::ranges::any_of(
            later.warnings, [said](const std::string& one) { return one.find(said) != std::string::npos; }));
    const bucket_connection& backup = later.value.buckets.at(bucket_name::parse("backup").value());
    CHECK(backup.bucket == "123");
    CHECK(backup.access_key == "true");
    CHECK(backup.secret_key.reveal() == "yes");
    CHECK(backup.prefix.str() == "007");
    CHECK(later.value.manifests.at(manifest_name::parse("yes").value()).profile == run_profile::processmaster);
    CHECK(later.value.cells.size() == 2);
    CHECK(later.value.resource_profiles.at(profile_name::parse("small").value()).cpu == "500m");
    CHECK(later.value.resource_profiles.at(profile_name::parse("roomy").value()) == resource_profile{});
    CHECK(later.value.retry == retry_settings{5, 250ms});
    CHECK(later.value.console.bind == "0.0.0.0");
    CHECK(later.value.console.form_login);
    CHECK(later.value.console.users.at(0).name == "alice");
    CHECK(later.value.console.users.at(0).role == user_role::admin);
}

TEST_CASE("the example of a controller's file loads and keeps the rules for saving", "[config]")
{
    const auto example =
        load_controller_config(FLEETMAN_TEST_DATA "/../../examples/controller_config.example.yaml").value();
    CHECK(example.warnings.empty());
    const model::known_names known = config::known_names(example.value);
    CHECK(known.buckets == std::set<std::string>{"prod-eu"});
    CHECK(violations(example.value.manifests.at(billing), known).empty());
    const std::vector<model::health_check>& health = example.value.manifests.at(billing).health;
    REQUIRE(health.size() == 3);
    CHECK(health[0].str() == "http http://127.0.0.1:8080/health");
    CHECK(std::get<model::http_check>(health[0].probe).status == 200);
    CHECK(health[0].deadline == std::chrono::minutes(1));
    CHECK(health[1].str() == "tcp 127.0.0.1:8080");
    CHECK(health[2].str() == "exec bin/server --self-test 5");
    CHECK(example.value.store->buckets == std::vector<std::string>{"fleet"});
    CHECK(example.value.console == web_console{}); // it shows the defaults
}

TEST_CASE("an empty file is a controller with nothing yet", "[config]")
{
    CHECK(parse_controller_config("", "f").value().value == controller_config{});
    CHECK(parse_controller_config("buckets:\nmanifests: {}\ncells: ~\n", "f").value().value == controller_config{});
}

TEST_CASE("every mistake of a controller's file is shown with its line and path", "[config]")
{
    const error refused = parse_controller_config(R"(buckets:
  b:
    bucket_name: fleet
    endpoint: http://x
    access_key: a
    secret_key: s
    path_style: "true"
    access_key: b
manifests:
  m:
    files:
      - path: a
        file_type: link
    profile: docker
    max_log_lines: many
  n: text
cells:
  c: {node_id: n}
web_console:
  port: 70000
embedded_store:
  listen: here
s3_retry_count: -1
)",
        "c.yaml")
                              .error();
    CHECK(refused.message() ==
          R"(c.yaml:2: buckets.b.prefix: is missing
c.yaml:7: buckets.b.path_style: must be true or false, without quotes; found "true"
c.yaml:8: buckets.b.access_key: is there twice
c.yaml:10: manifests.m.bucket: is missing
c.yaml:13: manifests.m.files[0].file_type: must be text, template, binary or folder; found "link"
c.yaml:14: manifests.m.profile: must be systemd, supervisor or deploy; found "docker"
c.yaml:15: manifests.m.max_log_lines: must be a whole number from 0 to 4294967295, found text
c.yaml:16: manifests.n: must be a map, found text
c.yaml:18: cells.c.cell_id: is missing
c.yaml:18: cells.c.bucket: is missing
c.yaml:18: cells.c.manifest: is missing
c.yaml:20: web_console.port: must be a whole number from 0 to 65535, without quotes; found "70000"
c.yaml:21: embedded_store.data_dir: is missing
c.yaml:21: embedded_store.access_key: is missing
c.yaml:21: embedded_store.secret_key: is missing
c.yaml:22: embedded_store.listen: must be HOST:PORT, such as 127.0.0.1:9000; found "here"
c.yaml:23: s3_retry_count: must be a whole number from 0 to 1000, without quotes; found "-1")");
}

TEST_CASE("what only the original would have used is left out with a warning, never a refusal", "[config]")
{
    const auto loaded = parse_controller_config(std::string(bucket) + R"(  a/b: {}
manifests:
  good: {files: [], profile: deploy, bucket: b}
  escape: {files: [{path: ../x, file_type: text}], profile: deploy, bucket: b}
  odd: {files: [{path: x, file_type: text, mode: rwx}], profile: deploy, bucket: gone, service_folder_mode: 0}
  "a/b": {files: [], profile: deploy, bucket: b}
  dangling: {files: [], profile: deploy, bucket: gone}
cells:
  k1: {node_id: n, cell_id: c, bucket: b, manifest: missing}
  k2: {node_id: n/m, cell_id: c, bucket: b, manifest: good}
  n/c: {node_id: n, cell_id: c, bucket: b, manifest: good}
  n/d: {node_id: n, cell_id: d, bucket: b, manifest: good}
resource_profiles:
  tiny: {cpu: 1m}
)",
        "f")
                            .value();
    CHECK(loaded.value.buckets.size() == 1);
    CHECK(loaded.value.manifests.size() == 2);
    CHECK(loaded.value.cells.size() == 2);
    CHECK(loaded.value.cells.at(cell_ref::parse("n/c").value()).manifest.str() == "missing");
    CHECK(loaded.value.resource_profiles.size() == 1);
    CHECK(loaded.warnings.size() == 11);
    CHECK(std::count(loaded.warnings.begin(), loaded.warnings.end(),
              "f:6: manifests.escape.files[0].path: the path \"../x\" has a part that is \".\" or \"..\"; this "
              "manifest is "
              "left out") == 1);
}

TEST_CASE("a repeated name counts once, with a warning", "[config]")
{
    const std::string yaml = std::string(bucket) + "manifests:\n  m: {files: [], profile: deploy, bucket: b}\n"
                                                   "  m: {files: [], profile: systemd, bucket: b}\n";
    const auto loaded = parse_controller_config(yaml, "f").value();
    CHECK(loaded.value.manifests.begin()->second.profile == run_profile::systemd);
    CHECK(loaded.warnings == std::vector<std::string>{"f:5: manifests.m: is there twice; the last one counts"});
}

TEST_CASE("an address beyond loopback needs a login or the word of the operator", "[config]")
{
    for (const char* bind : {"0.0.0.0", "'::'", "192.0.2.1", "fleet.example.net", "127.0.0.1.example.net"}) {
        const std::string console = std::string("web_console: {bind: ") + bind;
        const error refused = parse_controller_config(console + "}", "f").error();
        CHECK(refused.fields().at(0).field == "web_console.bind");
        CHECK(parse_controller_config(console + ", insecure: true}", "f").has_value());
        CHECK(parse_controller_config(console + ", auth: {mode: form, users: ['a:x']}}", "f").has_value());
        CHECK(parse_controller_config(console + ", auth: {mode: basic}}", "f").has_error());
    }
    for (const char* bind : {"127.0.0.1", "127.8.9.1", "'::1'", "localhost"})
        CHECK(parse_controller_config(std::string("web_console: {bind: ") + bind + "}", "f").has_value());
}

TEST_CASE("the two lines that a refusal names are all that it takes", "[config]")
{
    const std::string yaml = "web_console:\n  bind: 0.0.0.0\n";
    const std::string message = parse_controller_config(yaml, "f").error().message();
    const std::size_t begin = message.find('\n') + 1;
    const std::size_t end = message.find("\nor");
    std::string lines = message.substr(begin, end - begin) + '\n';
    CHECK(std::ranges::count(lines, '\n') == 2);
    lines.replace(lines.find("NAME:HASH"), std::string_view("NAME:HASH").size(), "alice:" + hash_of_cost("12"));
    const auto loaded = parse_controller_config(yaml + lines, "f");
    REQUIRE(loaded.has_value());
    CHECK(loaded->warnings.empty());
    CHECK(loaded->value.console.users.at(0).name == "alice");
}

TEST_CASE("users have a name, a hash and perhaps a role; others cannot log in", "[config]")
{
    const std::string hash = hash_of_cost("12");
    const auto loaded = parse_controller_config(
        "web_console: {auth: {mode: form, users: ['a:" + hash + "', 'b:$2y$04" + hash.substr(6) +
            ":viewer', 'Zoë:" + hash + ":operator', 'plain:password', 'd:" + hash + ":root', ':" + hash +
            "', 'e', 'f:" + hash + ":admin:x', 'a:" + hash + ":viewer', \"g\\nh:" + hash + "\"]}}",
        "f")
                            .value();
    const std::vector<console_user>& users = loaded.value.console.users;
    REQUIRE(users.size() == 3);
    CHECK(users[0].role == user_role::admin);
    CHECK(users[1].role == user_role::viewer);
    CHECK(users[2].name == "Zoë");
    CHECK(users[2].role == user_role::operate);
    CHECK(loaded.warnings.size() == 7);
    for (const std::string& warning : loaded.warnings) {
        CHECK(warning.find("password") == std::string::npos);
        CHECK(warning.find(hash.substr(10)) == std::string::npos);
    }
    CHECK(warnings("web_console: {auth: {mode: form}}") ==
          std::vector<std::string>{"f:1: web_console.auth.users: has nobody, so nobody can log in"});
}

TEST_CASE("a hash that would take long to check is left out with the reason, and the file still loads", "[config]")
{
    for (const char* cost : {"03", "15", "31"}) {
        const auto loaded =
            parse_controller_config("web_console: {auth: {mode: form, users: ['a:" + hash_of_cost(cost) +
                                        "', 'b:" + hash_of_cost("14") + "']}}",
                "f")
                .value();
        CHECK(loaded.value.console.users.size() == 1);
        REQUIRE(loaded.warnings.size() == 1);
        CHECK(loaded.warnings[0].find("the cost of a bcrypt hash must be 4 to 14") != std::string::npos);
    }
}

TEST_CASE("how long a session lasts can be said, within bounds", "[config]")
{
    const auto console =
        parse_controller_config("web_console: {auth: {mode: form, session_idle_minutes: 5, session_max_hours: 2}}", "f")
            .value()
            .value.console;
    CHECK(console.session_idle == 5min);
    CHECK(console.session_longest == 2h);
    for (const char* bad : {"session_idle_minutes: 0", "session_idle_minutes: 10081", "session_max_hours: 721"})
        CHECK(parse_controller_config(std::string("web_console: {auth: {") + bad + "}}", "f").has_error());
}

TEST_CASE("the proxies that are believed are addresses", "[config]")
{
    const auto console = parse_controller_config("web_console: {trusted_proxies: [127.0.0.1, '2001:DB8::0:1']}", "f")
                             .value()
                             .value.console;
    CHECK(console.trusted_proxies == std::set<std::string>{"127.0.0.1", "2001:db8::1"});
    CHECK(parse_controller_config("web_console: {trusted_proxies: [proxy.example.net]}", "f").has_error());
}

TEST_CASE("the state folder's path must be one", "[config]")
{
    CHECK_FALSE(parse_controller_config("", "f").value().value.state_directory.has_value());
    CHECK(parse_controller_config("state_directory: /var/lib/x", "f").value().value.state_directory == "/var/lib/x");
    for (const char* bad : {"''", "[]", "\"a\\nb\""})
        CHECK(parse_controller_config(std::string("state_directory: ") + bad, "f").error().fields().at(0).field ==
              "state_directory");
}

TEST_CASE("the embedded store listens where it is told", "[config]")
{
    const auto at = [](const std::string& listen) {
        return parse_controller_config(
            "embedded_store: {data_dir: d, access_key: a, secret_key: s, listen: '" + listen + "'}", "f");
    };
    CHECK(at("127.0.0.1:0").value().value.store->port == 0);
    CHECK(at("[::1]:9000").value().value.store->host == "::1");
    for (const char* bad : {"9000", ":9000", "::1:9000", "127.0.0.1:", "127.0.0.1:65536", "[]:1"})
        CHECK(at(bad).has_error());
}

TEST_CASE("no credential is in a message", "[config]")
{
    const error refused = parse_controller_config(R"(buckets:
  b: {bucket_name: [], endpoint: e, access_key: AKID, secret_key: hush, path_style: 1, prefix: p, session_token: {}}
embedded_store: {access_key: AKID, secret_key: hush}
)",
        "f")
                              .error();
    CHECK(refused.fields().size() == 4);
    CHECK(refused.message().find("hush") == std::string::npos);
    CHECK(refused.message().find("AKID") == std::string::npos);
}
