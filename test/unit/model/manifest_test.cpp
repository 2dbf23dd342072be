#include <fleetman/model/manifest.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::model;

namespace {

// The example of the format's description, as it stands there.
constexpr std::string_view billing = R"({
  "manifest_name": "billing", "version": "v1.4.0",
  "files": [
    {"path": "run.sh",      "file_type": "template", "owner": "root", "group": "root", "mode": "0700"},
    {"path": "app.service", "file_type": "text"},
    {"path": "bin/server",  "file_type": "binary",   "mode": "0755"},
    {"path": "logs/",       "file_type": "folder"}
  ],
  "profile": "systemd",
  "resource_profile": "unlimited",
  "service_owner": "root", "service_group": "root", "service_folder_mode": "0700",
  "service_folder_owner": "root", "service_folder_group": "root",
  "bucket": "prod-eu", "created_at": "2026-01-05T10:00:00+00:00",
  "collect_logs": true, "log_files": ["logs/stdout.log", "logs/stderr.log"], "max_log_lines": 30
})";

std::vector<std::string> faults(const error& refused)
{
    std::vector<std::string> fields;
    for (const field_error& each : refused.fields())
        fields.push_back(each.field);
    return fields;
}

result<manifest> read(std::string_view json)
{
    return parse_manifest(boost::json::parse({json.data(), json.size()}));
}

} // namespace

TEST_CASE("the snapshot of the format's description is read in full", "[manifest]")
{
    const snapshot read = parse_snapshot(billing).value();
    CHECK(read.name.str() == "billing");
    CHECK(read.version.str() == "v1.4.0");
    CHECK(read.created_at == "2026-01-05T10:00:00+00:00");
    CHECK(read.content.profile == run_profile::systemd);
    CHECK(read.content.bucket == "prod-eu");
    REQUIRE(read.content.files.size() == 4);
    CHECK(read.content.files[0].type == file_type::template_text);
    CHECK(read.content.files[0].owner == "root");
    CHECK(read.content.files[1].mode == std::nullopt);
    CHECK(read.content.find("bin/server")->mode == "0755");
    CHECK(read.content.find("absent") == nullptr);
    CHECK(read.content.owner_given);
    CHECK(read.content.service_folder_owner == "root");
    CHECK(read.content.log_files.size() == 2);
}

TEST_CASE("a snapshot that is written says what was read, in the same words", "[manifest]")
{
    const std::string written = serialize(parse_snapshot(billing).value());
    CHECK(boost::json::parse(written) == boost::json::parse({billing.data(), billing.size()}));
}

TEST_CASE("what a snapshot leaves out has the original's defaults and is left out again", "[manifest]")
{
    constexpr std::string_view sparse = R"({"manifest_name":"m","version":"v1.0.0","files":[],"profile":"deploy",
        "bucket":"b","created_at":"2026-01-05T10:00:00+00:00","something_newer":{"x":[1]}})";
    const snapshot read = parse_snapshot(sparse).value();
    CHECK(read.content.resource_profile == "unlimited");
    CHECK(read.content.service_owner == "root");
    CHECK_FALSE(read.content.owner_given);
    CHECK(read.content.service_folder_mode == "0700");
    CHECK(read.content.folder_owner() == "root");
    CHECK(read.content.collect_logs);
    CHECK(read.content.log_files == std::vector<std::string>{"logs/stdout.log", "logs/stderr.log"});
    CHECK(read.content.max_log_lines == 30);

    const boost::json::value written = boost::json::parse(serialize(read));
    for (const char* absent : {"service_owner", "service_group", "service_folder_owner", "service_folder_group"})
        CHECK_FALSE(written.as_object().contains(absent));
    CHECK(serialize(read).find("null") == std::string::npos);
}

TEST_CASE("null and empty text stand for a field that was not given", "[manifest]")
{
    const manifest value = read(R"({"files":[{"path":"a","file_type":"text","owner":"","group":null,"mode":""}],
        "profile":"deploy","bucket":"b","service_owner":null,"service_folder_owner":null,"log_files":null,
        "max_log_lines":null,"collect_logs":null,"resource_profile":null,"service_folder_mode":null})")
                               .value();
    CHECK(value.service_owner == "root");
    CHECK(value.files[0].owner == std::nullopt);
    CHECK(value.files[0].mode == std::nullopt);
    CHECK(value.resource_profile == "unlimited");
}

TEST_CASE("a profile is read in any case and written in lower case", "[manifest]")
{
    for (const char* word : {"systemd", "Systemd", "SYSTEMD"})
        CHECK(parse_run_profile(word).value() == run_profile::systemd);
    CHECK(parse_run_profile("ProcessMaster").value() == run_profile::processmaster);
    CHECK(to_string(run_profile::supervisor) == "supervisor");
    CHECK(parse_run_profile("docker").has_error());
}

TEST_CASE("a mode is octal and gets its leading zero", "[manifest]")
{
    const std::pair<const char*, const char*> good[] = {
        {"0755", "0755"}, {"755", "0755"}, {"4755", "04755"}, {"07777", "07777"}, {"7", "0007"}, {"0600", "0600"}};
    for (const auto& [given, stored] : good)
        CHECK(parse_mode(given).value() == stored);
    for (const char* bad : {"", "0", "0000", "10000", "778", "rwx", "0o755", "-755", " 755", "755 ", "77777777777777"})
        CHECK(parse_mode(bad).has_error());
    CHECK(mode_bits("0755") == 0755);
}

TEST_CASE("folders and run.sh are 0700 by default, everything else 0600", "[manifest]")
{
    CHECK(default_mode(file_path::parse("logs/").value(), file_type::folder) == "0700");
    CHECK(default_mode(file_path::parse("run.sh").value(), file_type::text) == "0700");
    CHECK(default_mode(file_path::parse("sub/run.sh").value(), file_type::binary) == "0700");
    CHECK(default_mode(file_path::parse("bin/server").value(), file_type::binary) == "0600");
}

TEST_CASE("every mistake of a manifest is reported at once, with its path", "[manifest]")
{
    const error refused = read(R"({"files":[{"path":"../x","file_type":"text"},{"file_type":"link"},7],
        "profile":"docker","collect_logs":"yes","log_files":[1],"max_log_lines":-1,"service_folder_mode":"rwx"})")
                              .error();
    CHECK(refused.code() == errc::invalid);
    CHECK(faults(refused) == std::vector<std::string>{"files[0].path", "files[1].file_type", "files[1].path",
                                 "files[2]", "profile", "bucket", "service_folder_mode", "collect_logs", "log_files[0]",
                                 "max_log_lines"});
    CHECK(refused.message().find("files[0].path: the path \"../x\" has a part that is \".\" or \"..\"") !=
          std::string::npos);
}

TEST_CASE("what is no object at all is refused in one sentence", "[manifest]")
{
    CHECK(read("[]").error().message().find("must be an object, found a list") != std::string::npos);
    CHECK(parse_snapshot("").error().code() == errc::invalid);
    CHECK(parse_snapshot("{").error().code() == errc::invalid);
    CHECK(parse_snapshot(std::string(17 * 1024 * 1024, ' ')).error().code() == errc::too_large);
    CHECK(parse_snapshot(std::string(100'000, '[')).error().code() == errc::invalid);
}

TEST_CASE("the original's folder without a slash at its end is that folder", "[manifest]")
{
    const manifest value =
        read(R"({"files":[{"path":"logs","file_type":"folder"}],"profile":"deploy","bucket":"b"})").value();
    CHECK(value.files[0].path.str() == "logs/");
}

TEST_CASE("an agent needs only the files and the profile of a snapshot", "[manifest]")
{
    const manifest_name name = manifest_name::parse("billing").value();
    const version version = version::parse("v2.0.0").value();
    const snapshot read = parse_snapshot_for_agent(R"({"profile":"deploy","files":[]})", name, version).value();
    CHECK(read.name == name);
    CHECK(read.version == version);
    CHECK(parse_snapshot(R"({"profile":"deploy","files":[]})").has_error());
    CHECK(parse_snapshot_for_agent(R"({"files":[]})", name, version).has_error());
}

TEST_CASE("an agent refuses paths that no folder can hold together", "[manifest]")
{
    const manifest_name name = manifest_name::parse("m").value();
    const version version = version::parse("v1.0.0").value();
    for (const char* files : {R"([{"path":"a","file_type":"text"},{"path":"a","file_type":"text"}])",
             R"([{"path":"a","file_type":"text"},{"path":"a/b","file_type":"text"}])"}) {
        const std::string json = std::string(R"({"profile":"deploy","files":)") + files + '}';
        CHECK(
            faults(parse_snapshot_for_agent(json, name, version).error()) == std::vector<std::string>{"files[1].path"});
    }
}

TEST_CASE("sizes, ETags and digests of our snapshots survive", "[manifest]")
{
    snapshot value = parse_snapshot(billing).value();
    value.content.files[2].size = 5'000'000'000;
    value.content.files[2].etag = "\"abc-2\"";
    value.content.files[2].sha256 = std::string(64, 'f');
    CHECK(parse_snapshot(serialize(value)).value().content == value.content);
}

TEST_CASE("no truncation of a document is read or crashes", "[manifest]")
{
    for (std::size_t length = 0; length + 1 < billing.size(); ++length)
        CHECK(parse_snapshot(billing.substr(0, length)).has_error());
}
