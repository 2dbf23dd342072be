#include "service_fixture.hpp"

#include <fleetman/agent/record.hpp>
#include <fleetman/agent/reuse.hpp>
#include <fleetman/core/digest.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace fleetman;
using testing::service_fixture;
namespace fs = std::filesystem;

namespace {

struct reuse_fixture : service_fixture
{
    // Bodies of a version's files that were asked of the store since the last call, by path.
    std::vector<std::string> downloaded(const std::string& version)
    {
        const std::string start = "get prod/cells/node01/api/versions/" + version + "/";
        std::vector<std::string> all;
        for (const std::string& line : store->history)
            if (line.starts_with(start) && !line.ends_with("manifest.json"))
                all.push_back(line.substr(start.size()));
        std::sort(all.begin(), all.end());
        store->history.clear();
        return all;
    }

    fs::path live = root / "services/api";
};

} // namespace

TEST_CASE_METHOD(reuse_fixture, "of a version with one changed file in two hundred one body is downloaded", "[agent]")
{
    files content{{"run.sh", "exec bin/server"}};
    for (int i = 0; i < 199; ++i)
        content["data/" + std::to_string(i)] = "body " + std::to_string(i);
    publish("api", "v1.0.0", content);
    cycle();
    CHECK(downloaded("v1.0.0").size() == 200);

    content["data/7"] = "changed";
    publish("api", "v1.1.0", content);
    CHECK(cycle().deployed == 1);
    CHECK(downloaded("v1.1.0") == std::vector<std::string>{"data/7"});
    for (const auto& [path, body] : content)
        CHECK(text(live / path) == body);

    // A file that was there two versions ago is still at hand; and what was copied can be copied again.
    content["data/7"] = "body 7";
    publish("api", "v1.2.0", content);
    cycle();
    CHECK(downloaded("v1.2.0").empty());
    CHECK(text(live / "data/7") == "body 7");
}

TEST_CASE_METHOD(reuse_fixture, "a copy shares neither inode nor mode with the release before", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"data", "same"}});
    cycle();
    struct ::stat before{};
    REQUIRE(::stat((live / "data").c_str(), &before) == 0);
    publish("api", "v1.1.0", {{"run.sh", "2"}, {"data", "same"}});
    put("prod/cells/node01/api/versions/v1.1.0/overrides_manifest.json",
        R"({"files":[{"path":"data","file_type":"text","owner":"root","group":"root","mode":"0644"}]})");
    const fs::path old = fs::canonical(live);
    store->history.clear();
    cycle();
    CHECK(downloaded("v1.1.0") == std::vector<std::string>{"run.sh"});
    struct ::stat after{};
    REQUIRE(::stat((live / "data").c_str(), &after) == 0);
    CHECK(after.st_ino != before.st_ino);
    CHECK(after.st_nlink == 1);
    CHECK(mode(live / "data") == 0644);
    CHECK(mode(old / "data") == 0600);
}

TEST_CASE_METHOD(reuse_fixture, "a file that the service wrote to is downloaded again", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"same-size", "0123456789"}, {"longer", "x"}, {"gone", "y"}});
    cycle();
    write(live / "same-size", "9876543210");
    write(live / "longer", "x and more");
    fs::remove(live / "gone");
    store->history.clear();
    publish("api", "v1.1.0", {{"run.sh", "1"}, {"same-size", "0123456789"}, {"longer", "x"}, {"gone", "y"}});
    cycle();
    CHECK(downloaded("v1.1.0") == std::vector<std::string>{"gone", "longer", "same-size"});
    CHECK(text(live / "same-size") == "0123456789");
    CHECK(text(live / "longer") == "x");
    CHECK(text(live / "gone") == "y");
}

TEST_CASE_METHOD(reuse_fixture, "no symlink that a service laid in its release is followed", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"dir/file", "content"}, {"top", "other"}});
    cycle();
    write(root / "elsewhere/file", "content");
    fs::remove_all(live / "dir");
    fs::create_directory_symlink(root / "elsewhere", live / "dir");
    write(root / "elsewhere/top", "other");
    fs::remove(live / "top");
    fs::create_symlink(root / "elsewhere/top", live / "top");
    store->history.clear();
    publish("api", "v1.1.0", {{"run.sh", "1"}, {"dir/file", "content"}, {"top", "other"}});
    cycle();
    CHECK(downloaded("v1.1.0") == std::vector<std::string>{"dir/file", "top"});
    CHECK(text(live / "dir/file") == "content");
    CHECK_FALSE(fs::is_symlink(fs::canonical(live) / "top"));
}

TEST_CASE_METHOD(
    reuse_fixture, "a template is copied with its tokens replaced, while they stand for the same", "[agent]")
{
    const files content{{"run.sh", "1"}, {"a.tmpl", "{{ fleetagent_base_dir }}"}, {"b.tmpl", "no token"}};
    publish("api", "v1.0.0", content);
    cycle();
    store->history.clear();
    for (const std::string version : {"v1.1.0", "v1.2.0"}) { // what was copied can be copied again
        publish("api", version, content);
        cycle();
        CHECK(downloaded(version).empty());
        CHECK(text(live / "a.tmpl") == with.base_dir.string());
    }

    with.base_dir = root / "units"; // any other folder that is there
    publish("api", "v1.3.0", content);
    trigger("api", "v1.3.0");
    cycle();
    CHECK(downloaded("v1.3.0") == std::vector<std::string>{"a.tmpl"});
    CHECK(text(live / "a.tmpl") == with.base_dir.string());

    write(live / "a.tmpl", "the service's own");
    store->history.clear();
    publish("api", "v1.4.0", content);
    cycle();
    CHECK(downloaded("v1.4.0") == std::vector<std::string>{"a.tmpl"});
    CHECK(text(live / "a.tmpl") == with.base_dir.string());
}

TEST_CASE_METHOD(reuse_fixture, "what was made of a template is no file of the same bytes that is none", "[agent]")
{
    const std::string body = "{{ fleetagent_cell_id }}";
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"a.tmpl", body}});
    cycle();
    CHECK(text(live / "a.tmpl") == "api");
    store->history.clear();
    publish("api", "v1.1.0", {{"run.sh", "1"}, {"a.txt", body}});
    cycle();
    CHECK(downloaded("v1.1.0") == std::vector<std::string>{"a.txt"});
    CHECK(text(live / "a.txt") == body);
}

TEST_CASE_METHOD(reuse_fixture, "a recorded SHA-256 outweighs an ETag", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}, {"data", "bytes"}});
    cycle();
    const auto on_disk = agent::releases_on_disk(
        {*with.supervisor, model::run_profile::supervisor, model::cell_id::parse("api").value()})
                             .value();
    REQUIRE(on_disk.size() == 1);
    CHECK(on_disk[0].fetched.size() == 2);
    const agent::reusable_files at_hand(
        {*with.supervisor, model::run_profile::supervisor, model::cell_id::parse("api").value()}, on_disk);
    agent::content_file wanted{.path = model::file_path::parse("renamed").value(), .key = "", .rights = {}};
    wanted.etag = md5_hex("bytes");
    wanted.size = 5;
    CHECK(at_hand.offers(wanted));
    wanted.sha256 = sha256_hex("other");
    CHECK_FALSE(at_hand.offers(wanted));
    wanted.etag = "another store's";
    wanted.sha256 = sha256_hex("bytes");
    CHECK(at_hand.offers(wanted));
}

TEST_CASE("only an ETag that is made of the content tells it", "[agent]")
{
    CHECK(agent::tells_content(md5_hex("x")));
    CHECK(agent::tells_content(md5_hex("x") + "-12"));
    for (const std::string& etag : {std::string(), std::string("1a2b"), md5_hex("x") + "-", md5_hex("x") + "-1x",
             md5_hex("x") + "0", "W/" + md5_hex("x"), std::string(32, 'G')})
        CHECK_FALSE(agent::tells_content(etag));
}

TEST_CASE_METHOD(reuse_fixture, "a record from before files were noted is read, and offers none", "[agent]")
{
    publish("api", "v1.0.0", {{"run.sh", "1"}});
    cycle();
    const fs::path releases = root / "services/.fleetman/api/releases";
    for (const auto& entry : fs::directory_iterator(releases))
        if (entry.path().extension() == ".json") {
            std::string record = text(entry.path());
            const std::size_t begin = record.find("\"fetched\":[");
            REQUIRE(begin != std::string::npos);
            record.erase(begin, record.find("],", begin) + 2 - begin);
            write(entry.path(), record);
        }
    store->history.clear();
    publish("api", "v1.1.0", {{"run.sh", "1"}});
    CHECK(cycle().deployed == 1);
    CHECK(downloaded("v1.1.0") == std::vector<std::string>{"run.sh"});
}
