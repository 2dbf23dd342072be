#include <fleetman/agent/contents.hpp>
#include <fleetman/agent/rights.hpp>
#include <fleetman/host/accounts.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::agent;

namespace {

const std::string prefix = "prod/cells/n/c/versions/v1.0.0/";

struct contents_fixture
{
    model::manifest manifest;
    model::overrides_manifest overrides;
    std::vector<storage::object_info> listing;

    model::file_entry& declare(const char* path, model::file_type type = model::file_type::text)
    {
        manifest.files.push_back({.path = model::file_path::parse(path).value(), .type = type});
        return manifest.files.back();
    }
    model::file_entry& override_with(const char* path, model::file_type type = model::file_type::text)
    {
        overrides.files.push_back({.path = model::file_path::parse(path).value(), .type = type});
        return overrides.files.back();
    }
    void list(const std::string& relative, std::uint64_t size = 1, const std::string& etag = "e")
    {
        listing.push_back({prefix + relative, etag, size, {}});
    }
    result<release_contents> made() const { return release_contents_of(manifest, overrides, listing, prefix); }
    result<resolved_rights> rights(bool allow_setuid) const
    {
        return resolve_rights(manifest, made().value(), {.user = 0, .group = 0}, allow_setuid);
    }
    std::string refusal() const
    {
        const auto outcome = made();
        return outcome ? "accepted" : outcome.error().message();
    }
};

} // namespace

TEST_CASE_METHOD(
    contents_fixture, "everything that the snapshot lists is installed, named in the manifest or not", "[agent]")
{
    declare("run.sh");
    declare("bin/server", model::file_type::binary).mode = "0755";
    list("run.sh", 10);
    list("bin/server", 20);
    list("extra.txt", 5);
    list("manifest.json", 99);
    list("overrides_manifest.json", 99);
    list("folder/", 0);
    const release_contents contents = made().value();
    REQUIRE(contents.files.size() == 3);
    CHECK(contents.files[0].path.str() == "bin/server");
    CHECK(contents.files[0].rights.mode == 0755);
    CHECK(contents.files[1].path.str() == "extra.txt");
    CHECK(contents.files[1].rights.mode == 0600);
    CHECK(contents.files[2].rights.mode == 0700);
    CHECK(contents.files[2].rendered);
    CHECK_FALSE(contents.files[1].rendered);
    CHECK(contents.bytes == 35);
}

TEST_CASE_METHOD(
    contents_fixture, "a folder belongs to the service only while the version has nothing in it", "[agent]")
{
    declare("logs/", model::file_type::folder);
    declare("data/", model::file_type::folder).mode = "0750";
    list("data/schema");
    const release_contents contents = made().value();
    REQUIRE(contents.folders.size() == 2);
    CHECK_FALSE(contents.folders[0].kept);
    CHECK(contents.folders[0].rights.mode == 0750);
    CHECK(contents.folders[1].kept);
    CHECK(contents.folders[1].rights.mode == 0700);
}

TEST_CASE_METHOD(contents_fixture, "overrides win field by field, and their type decides about tokens", "[agent]")
{
    model::file_entry& base = declare("a", model::file_type::binary);
    base.owner = "www-data";
    base.mode = "0640";
    model::file_entry& over = override_with("a", model::file_type::template_text);
    over.mode = "0600";
    list("a");
    const content_file file = made().value().files.at(0);
    CHECK(file.rights == wanted_rights{"www-data", std::nullopt, 0600});
    CHECK(file.rendered);
}

TEST_CASE_METHOD(
    contents_fixture, "an override's owner that is only the service's default is no owner of its own", "[agent]")
{
    model::file_entry& over = override_with("a");
    over.owner = manifest.service_owner;
    over.group = manifest.service_group;
    list("a");
    CHECK(made().value().files.at(0).rights.owner == std::nullopt);
    CHECK(made().value().files.at(0).rights.group == std::nullopt);
}

TEST_CASE_METHOD(contents_fixture, "an override's owner is installed as written when the manifest gives one", "[agent]")
{
    manifest.service_owner = "app";
    manifest.service_group = "app";
    manifest.owner_given = manifest.group_given = true;
    manifest.service_folder_owner = "root";
    manifest.service_folder_group = "root";
    model::file_entry& base = declare("a");
    base.owner = "www-data";
    base.group = "www-data";
    model::file_entry& over = override_with("a");
    over.owner = "app";
    over.group = "app";
    over.mode = "0600";
    list("a");
    CHECK(made().value().files.at(0).rights == wanted_rights{"app", "app", 0600});
}

TEST_CASE_METHOD(
    contents_fixture, "an override that a controller resolved to the default account is the service's", "[agent]")
{
    manifest.service_folder_owner = "nobody";
    manifest.service_folder_group = "nogroup";
    declare("a").owner = "nobody";
    model::file_entry& over = override_with("a");
    over.owner = "root";
    over.group = "root";
    over.mode = "0600";
    list("a");
    const release_contents contents = made().value();
    CHECK(contents.files.at(0).rights == wanted_rights{std::nullopt, std::nullopt, 0600, true, true});
    const resolved_rights rights = resolve_rights(manifest, contents, {.user = 0, .group = 0}, false).value();
    CHECK(rights.folder.owner != 0);
    CHECK(rights.files.at(0) == fleetman::host::rights{0, 0, 0600});
    manifest.service_folder_owner.reset();
    manifest.service_folder_group.reset();
    const uid_t plain_user = fleetman::host::user_id("nobody").value();
    const gid_t plain_group = fleetman::host::group_id("nogroup").value();
    const resolved_rights own =
        resolve_rights(manifest, contents, {.user = plain_user, .group = plain_group}, false).value();
    CHECK(own.files.at(0) == fleetman::host::rights{plain_user, plain_group, 0600});
}

TEST_CASE_METHOD(contents_fixture, "a template of either document is rendered", "[agent]")
{
    declare("a", model::file_type::template_text);
    override_with("a", model::file_type::text);
    list("a");
    CHECK(made().value().files.at(0).rendered);
}

TEST_CASE_METHOD(contents_fixture, "what neither document names is not executable", "[agent]")
{
    list("sub/run.sh");
    CHECK(made().value().files.at(0).rights.mode == 0600);
    declare("sub/run.sh");
    CHECK(made().value().files.at(0).rights.mode == 0700);
}

TEST_CASE_METHOD(contents_fixture, "a recorded hash counts for the object that it was recorded of", "[agent]")
{
    model::file_entry& entry = declare("a");
    entry.etag = "e";
    entry.size = 1;
    entry.sha256 = "abc";
    list("a", 1, "e");
    CHECK(made().value().files.at(0).sha256 == "abc");
    listing[0].etag = "overridden";
    listing[0].size = 2;
    CHECK(made().value().files.at(0).sha256 == std::nullopt);
    listing[0].etag = "e";
    CHECK(refusal() == "a: is 2 bytes, the manifest says 1");
}

TEST_CASE_METHOD(contents_fixture, "files of the manifest that are not there are named, a few of them", "[agent]")
{
    for (const char* path : {"a", "b", "c", "d", "e", "f", "g"})
        declare(path);
    list("c");
    CHECK(refusal() == "the snapshot lacks files of its manifest: a, b, d, e, f and 1 more");
}

TEST_CASE_METHOD(contents_fixture, "keys that would leave the folder are refused", "[agent]")
{
    for (const std::string key :
        {"../etc/passwd", "a/../../b", "/etc/passwd", "a//b", "./a", "a\nb", "a/..", "x\x01y"}) {
        INFO(key);
        listing.clear();
        list(key);
        CHECK(made().has_error());
        CHECK(refusal().find('\n') == std::string::npos);
    }
    listing = {{"elsewhere/a", "e", 1, {}}};
    CHECK(refusal() == "the store lists \"elsewhere/a\", which was not asked for");
}

TEST_CASE_METHOD(contents_fixture, "a file beside something below it is refused", "[agent]")
{
    list("a");
    list("a/b");
    CHECK(refusal().starts_with("the snapshot cannot be laid out"));
}

TEST_CASE_METHOD(contents_fixture, "a file of a kept folder's name is refused", "[agent]")
{
    declare("logs/", model::file_type::folder);
    list("logs");
    CHECK(refusal().starts_with("the snapshot cannot be laid out"));
}

TEST_CASE_METHOD(contents_fixture, "setuid and setgid modes are refused, wherever they are asked for", "[agent]")
{
    const std::string where = GENERATE("a", "over", "folder/", "service_folder_mode");
    const std::string mode = GENERATE("04755", "02755", "06711");
    INFO(where << ' ' << mode);
    declare("a");
    declare("folder/", model::file_type::folder);
    override_with("over");
    list("a");
    list("over");
    CHECK(rights(false).has_value());
    if (where == "service_folder_mode")
        manifest.service_folder_mode = mode;
    else
        (where == "over" ? overrides.files[0] : manifest.files[where == "a" ? 0 : 1]).mode = mode;
    REQUIRE(rights(false).has_error());
    CHECK(rights(false).error().code() == errc::invalid);
    CHECK(rights(false).error().message() ==
          where + ": setuid and setgid modes are installed only where the agent has global.allow_setuid: true");

    const resolved_rights allowed = rights(true).value();
    const auto given = where == "service_folder_mode" ? allowed.folder
                       : where == "folder/"           ? allowed.folders.at(0)
                                                      : allowed.files.at(where == "a" ? 0 : 1);
    CHECK(given.mode == model::mode_bits(mode));
}

TEST_CASE_METHOD(contents_fixture, "a sticky bit is no setuid bit", "[agent]")
{
    declare("a").mode = "01755";
    list("a");
    CHECK(rights(false).value().files.at(0).mode == 01755);
}

TEST_CASE_METHOD(contents_fixture, "a plain user's agent says which owner or group it cannot apply", "[agent]")
{
    declare("a").owner = "root";
    list("a");
    const uid_t user = fleetman::host::user_id("nobody").value();
    const gid_t group = fleetman::host::group_id("nogroup").value();
    const auto refused = [&] {
        return resolve_rights(manifest, made().value(), {.user = user, .group = group}, false).error();
    };
    CHECK(refused().code() == errc::denied);
    CHECK_THAT(refused().message(),
        Catch::EndsWith(R"(owner "root" cannot be applied: the agent runs as "nobody", not as root)"));
    manifest.files[0].owner.reset();
    manifest.files[0].group = "root";
    CHECK_THAT(refused().message(),
        Catch::EndsWith(R"(group "root" cannot be applied: the agent runs as "nobody", not as root)"));
    manifest.files[0].group = "nogroup";
    CHECK(resolve_rights(manifest, made().value(), {.user = user, .group = group}, false).has_value());
}

TEST_CASE_METHOD(contents_fixture, "an object of another size than its manifest says is refused", "[agent]")
{
    model::file_entry& entry = declare("a");
    entry.etag = "e";
    entry.size = 7;
    list("a", 8);
    CHECK(made().error().code() == errc::invalid);
    CHECK(refusal() == "a: is 8 bytes, the manifest says 7");
    entry.etag = "of what an override was laid over";
    CHECK(made().has_value());
}

TEST_CASE_METHOD(contents_fixture, "owners that no account could have are refused", "[agent]")
{
    declare("a");
    list("a");
    for (const char* name : {"", "root\nExecStartPre=/bin/sh", "a b", "a:b", "../x", "a\tb"}) {
        INFO(name);
        manifest.files[0].owner = name;
        CHECK(made().has_error());
        CHECK(refusal().find('\n') == std::string::npos);
    }
    manifest.files[0].owner = "svc-user_1.x@corp";
    CHECK(made().has_value());
    manifest.service_owner = "root\nExecStart=/bin/sh";
    CHECK(made().has_error());
}

TEST_CASE_METHOD(contents_fixture, "more files than the limit are refused", "[agent]")
{
    for (std::size_t i = 0; i <= release_max_files; ++i)
        list("f" + std::to_string(i));
    CHECK(made().error().code() == errc::too_large);
}

TEST_CASE_METHOD(contents_fixture, "folders count towards the limit, and take no longer than files", "[agent]")
{
    for (std::size_t i = 0; i < release_max_files; ++i)
        declare(("d" + std::to_string(i) + "/").c_str(), model::file_type::folder);
    CHECK(made().has_value());
    list("f");
    CHECK(made().error().code() == errc::too_large);
}

TEST_CASE_METHOD(contents_fixture, "the digest changes with any object", "[agent]")
{
    list("a", 1, "e1");
    const std::string first = made().value().digest;
    CHECK(first.size() == 8);
    listing[0].etag = "e2";
    CHECK(made().value().digest != first);
}
