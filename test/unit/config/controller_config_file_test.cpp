#include <fleetman/config/controller_config_file.hpp>
#include <fleetman/core/random.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <fstream>
#include <sstream>

using namespace fleetman;
using namespace fleetman::config;
using namespace fleetman::model;

namespace fs = std::filesystem;

namespace {

struct config_folder
{
    fs::path folder = fs::temp_directory_path() / ("fleetman-config-" + random_hex(8));
    fs::path file = folder / "controller_config.yaml";

    config_folder() { fs::create_directories(folder); }
    config_folder(const config_folder&) = delete;
    config_folder& operator=(const config_folder&) = delete;
    ~config_folder() { fs::remove_all(folder); }

    void write(std::string_view text) const { std::ofstream(file) << text; }
    void take(const char* sample) const
    {
        fs::copy_file(fs::path(FLEETMAN_TEST_DATA "/interop") / sample, file, fs::copy_options::overwrite_existing);
    }
    std::string read() const
    {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }
    std::size_t files() const
    {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }
};

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

const bucket_name backup = bucket_name::parse("backup").value();
const manifest_name billing = manifest_name::parse("billing").value();
const cell_ref api = cell_ref::parse("node01/api").value();

} // namespace

TEST_CASE_METHOD(config_folder, "saving the original's files unedited keeps all that they say", "[config]")
{
    for (const char* sample : {"old/controller.yaml", "new/controller.yaml"}) {
        take(sample);
        controller_config_file opened = controller_config_file::open(file).value();
        const controller_config before = opened.config();
        REQUIRE(opened.save().has_value());
        CHECK(load_controller_config(file).value().value == before);
        CHECK(controller_config_file::open(file).value().text() == read()); // and settles
    }
    const std::string text = read();
    for (const char* kept :
        {"telemetry:\n  interval: 010\n  enabled: yes\n  label: \"on\"", "restart_policy: always",
            "bucket_name: \"123\"", "access_key: \"true\"", "path_style: false", "s3_retry_count: 5", "mode: \"0700\""})
        CHECK(has(text, kept));
}

TEST_CASE_METHOD(config_folder, "what is set is written so that the original takes it", "[config]")
{
    controller_config_file fresh = controller_config_file::create(file).value();
    bucket_connection connection{.bucket = "2026",
        .endpoint = "https://s3.example.net",
        .access_key = "yes",
        .secret_key = secret("a: b #c\n"),
        .path_style = false,
        .prefix = key_prefix::parse("1e3").value()};
    fresh.set(backup, connection);
    manifest service;
    service.bucket = "backup";
    service.profile = run_profile::deploy;
    service.health = {{.probe = model::http_check{.url = "http://h/", .status = 200}, .successes = 2}};
    service.files = {{.path = file_path::parse("on").value(), .type = file_type::template_text, .mode = "0640"}};
    fresh.set(billing, service);
    fresh.set(api, config::cell{backup, billing});
    fresh.set(profile_name::parse("small").value(), resource_profile{.cpu = "500m"});
    REQUIRE(fresh.save().has_value());
    CHECK(read() == R"(buckets:
  backup:
    bucket_name: "2026"
    endpoint: https://s3.example.net
    access_key: "yes"
    secret_key: "a: b #c\n"
    path_style: false
    prefix: "1e3"
manifests:
  billing:
    files:
      - path: "on"
        file_type: template
        mode: "0640"
    profile: deploy
    resource_profile: unlimited
    service_folder_mode: "0700"
    bucket: backup
    collect_logs: true
    log_files:
      - logs/stdout.log
      - logs/stderr.log
    max_log_lines: 30
    health:
      - type: http
        url: http://h/
        status: 200
        interval_ms: 1000
        timeout_ms: 5000
        deadline_ms: 60000
        successes: 2
cells:
  node01/api:
    node_id: node01
    cell_id: api
    bucket: backup
    manifest: billing
resource_profiles:
  small:
    cpu: "500m"
    memory: ~
    memory_swap: "0b"
    io_weight: 100
)");
    CHECK(load_controller_config(file).value().value == fresh.config());
}

TEST_CASE_METHOD(config_folder, "an edit keeps the fields that are not ours, of entries and of files", "[config]")
{
    write(R"(buckets:
  backup: {bucket_name: b, endpoint: http://h, access_key: a, secret_key: s, path_style: true, prefix: p, tier: cold, region: eu}
manifests:
  billing:
    note: {by: [ops]}
    files: [{path: a, file_type: text, comment: first}, {path: b, file_type: text, comment: second}]
    profile: deploy
    bucket: backup
    service_owner: me
cells:
  odd-key: {node_id: node01, cell_id: api, bucket: backup, manifest: billing, rank: 3}
)");
    controller_config_file opened = controller_config_file::open(file).value();
    bucket_connection connection = opened.config().buckets.at(backup);
    connection.region = "us-east-1";
    connection.secret_key = secret("new");
    opened.set(backup, connection);
    manifest service = opened.config().manifests.at(billing);
    service.files.erase(service.files.begin());
    service.owner_given = false;
    opened.set(billing, service);
    opened.set(api, config::cell{backup, manifest_name::parse("other").value()});
    const std::string text = opened.text();
    for (const char* kept : {"tier: cold", "secret_key: new", "by:\n        - ops", "comment: second", "rank: 3",
             "odd-key:", "manifest: other"})
        CHECK(has(text, kept));
    for (const char* gone : {"region", "comment: first", "service_owner", "node01/api"})
        CHECK_FALSE(has(text, gone));
}

TEST_CASE_METHOD(config_folder, "what is erased is gone, and the two sections that must be there stay", "[config]")
{
    take("new/controller.yaml");
    controller_config_file opened = controller_config_file::open(file).value();
    for (const auto& [name, value] : controller_config(opened.config()).buckets)
        CHECK(opened.erase(name));
    for (const auto& [name, value] : controller_config(opened.config()).manifests)
        CHECK(opened.erase(name));
    CHECK(opened.erase(api));
    CHECK_FALSE(opened.erase(api));
    CHECK(opened.erase(profile_name::parse("small").value()));
    REQUIRE(opened.save().has_value());
    CHECK(has(read(), "buckets: {}\n"));
    CHECK(has(read(), "manifests: {}\n"));
    CHECK(load_controller_config(file).value().value == opened.config());
    CHECK(opened.config().cells.size() == 1);
}

TEST_CASE_METHOD(config_folder, "a file that someone else has changed is not overwritten", "[config]")
{
    take("old/controller.yaml");
    controller_config_file mine = controller_config_file::open(file).value();
    controller_config_file other = controller_config_file::open(file).value();
    CHECK(other.erase(api));
    REQUIRE(other.save().has_value());
    const std::string theirs = read();

    CHECK(mine.changed_on_disk().value());
    CHECK(mine.save().error().code() == errc::conflict);
    CHECK(read() == theirs);
    CHECK(files() == 1); // no temporary file is left
    CHECK_FALSE(other.changed_on_disk().value());
    CHECK(other.save().has_value());
}

TEST_CASE_METHOD(config_folder, "a file that appears or vanishes meanwhile is a conflict", "[config]")
{
    controller_config_file fresh = controller_config_file::create(file).value();
    CHECK(fresh.digest().empty());
    write("buckets: {}\n");
    CHECK(fresh.save().error().code() == errc::conflict);
    CHECK(controller_config_file::create(file).error().code() == errc::conflict);
    controller_config_file opened = controller_config_file::open(file).value();
    fs::remove(file);
    CHECK(opened.save().error().code() == errc::conflict);
    CHECK(controller_config_file::open(file).error().code() == errc::not_found);
}

TEST_CASE_METHOD(config_folder, "only its owner can read a saved file, through a link too", "[config]")
{
    take("old/controller.yaml");
    fs::permissions(file, fs::perms(0644));
    const fs::path link = folder / "link.yaml";
    fs::create_symlink(file, link);
    controller_config_file opened = controller_config_file::open(link).value();
    REQUIRE(opened.save().has_value());
    struct stat info{};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
    CHECK(fs::is_symlink(link));
    CHECK(files() == 2);
}

TEST_CASE_METHOD(config_folder, "a failed save leaves the file and says why", "[config]")
{
    take("old/controller.yaml");
    controller_config_file opened = controller_config_file::open(file).value();
    const fs::path moved = folder.string() + "-moved";
    fs::rename(folder, moved);
    const error refused = opened.save().error();
    fs::rename(moved, folder);
    CHECK(has(refused.message(), folder.string()));
    CHECK_FALSE(opened.changed_on_disk().value());
}

TEST_CASE_METHOD(config_folder, "a copy is edited without the original noticing", "[config]")
{
    take("old/controller.yaml");
    const controller_config_file served = controller_config_file::open(file).value();
    controller_config_file draft = served;
    CHECK(draft.erase(api));
    CHECK(served.config().cells.size() == 1);
    CHECK(has(served.text(), "node01/api"));
}

TEST_CASE_METHOD(config_folder, "the state folder lies beside the file, or where the file says", "[config]")
{
    const fs::path here = fs::canonical(folder);
    const auto state_of = [this](std::string_view yaml) {
        write(yaml);
        return controller_config_file::open(file).value().state_directory();
    };
    CHECK(state_of("") == here / "fleetman-state");
    CHECK(state_of("state_directory: own/state") == here / "own/state");
    CHECK(state_of("state_directory: /var/lib/x") == "/var/lib/x");
    CHECK(controller_config_file::create(folder / "new.yaml").value().state_directory() == folder / "fleetman-state");
}

TEST_CASE_METHOD(config_folder, "another password keeps the form of a user's entry and everything else", "[config]")
{
    const std::string rest = "$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
    write("web_console:\n  port: 8080\n  auth:\n    mode: form\n    users: ['broken', 'alice:$2b$12" + rest +
          "', 'bob:$2y$10" + rest + ":viewer', 'alice:$2b$11" + rest + "']\n    colour: red\n");
    auto opened = controller_config_file::open(file).value();
    CHECK(opened.set_password_hash("alice", secret("$2b$04" + rest)));
    CHECK(opened.set_password_hash("bob", secret("$2b$05" + rest)));
    CHECK_FALSE(opened.set_password_hash("carol", secret("$2b$05" + rest)));
    opened.save().value();

    const auto again = controller_config_file::open(file).value();
    CHECK(again.config().console == opened.config().console);
    CHECK(again.config().console.users.at(0).password_hash.reveal() == "$2b$04" + rest);
    for (const std::string& line : {"- \"alice:$2b$04" + rest + '"', "- \"bob:$2b$05" + rest + ":viewer\"",
             std::string("- broken"), "- \"alice:$2b$11" + rest + '"', std::string("colour: red")})
        CHECK(has(read(), line));
}
