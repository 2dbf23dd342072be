
#include <fleetman/host/accounts.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using namespace fleetman;
using namespace fleetman::host;
namespace fs = std::filesystem;

namespace {

struct folder_fixture
{
    testing::scratch_folder scratch;
    fs::path root = scratch.path();
    folder top = folder::open(root).value();

    void write(const fs::path& name, const std::string& text) { std::ofstream(root / name) << text; }
    std::string text(const fs::path& name) { return read_file(root / name, 1000).value(); }
};

} // namespace

TEST_CASE_METHOD(folder_fixture, "a symlink where a folder is expected is not followed", "[host]")
{
    fs::create_directory_symlink("/etc", root / "a");
    CHECK(top.enter("a").error().code() == errc::invalid);
    CHECK(top.make("a", 0700).error().code() == errc::invalid);
    CHECK(descend(top, "a/b", 0700).has_error());
}

TEST_CASE_METHOD(folder_fixture, "a symlink where a file is expected is not followed", "[host]")
{
    fs::create_symlink("/etc/passwd", root / "f");
    CHECK(top.open_file("f").has_error());
    CHECK(top.create_file("f").error().code() == errc::conflict);
}

TEST_CASE_METHOD(folder_fixture, "a fifo is not a file to read and does not block", "[host]")
{
    REQUIRE(::mkfifo((root / "p").c_str(), 0600) == 0);
    CHECK(top.open_file("p").error().message() == (root / "p").string() + " is not a regular file");
}

TEST_CASE_METHOD(folder_fixture, "only single names are taken", "[host]")
{
    for (const char* name : {"", ".", "..", "a/b", "../x", "/etc"}) {
        CHECK(top.enter(name).error().code() == errc::invalid);
        CHECK(top.make(name, 0700).error().code() == errc::invalid);
        CHECK(top.create_file(name).error().code() == errc::invalid);
        CHECK(top.remove_tree(name).error().code() == errc::invalid);
        CHECK(top.point(name, "x").error().code() == errc::invalid);
    }
    CHECK(descend(top, "a/../b", 0700).error().code() == errc::invalid);
    CHECK(descend(top, "", 0700).error().code() == errc::invalid);
}

TEST_CASE_METHOD(folder_fixture, "descending makes what is missing", "[host]")
{
    descend(top, "a/b/c/", 0700).value();
    CHECK(fs::is_directory(root / "a/b/c"));
    CHECK(descend(top, "a/x", std::nullopt).error().code() == errc::not_found);
}

TEST_CASE_METHOD(folder_fixture, "removing a tree leaves what its symlinks point to", "[host]")
{
    fs::create_directories(root / "out");
    write("out/kept", "1");
    fs::create_directories(root / "a/b/c");
    write("a/b/f", "2");
    fs::create_directory_symlink(root / "out", root / "a/b/out");
    top.remove_tree("a").value();
    top.remove_tree("a").value(); // absent is fine
    CHECK_FALSE(fs::exists(root / "a"));
    CHECK(text("out/kept") == "1");
}

TEST_CASE_METHOD(folder_fixture, "pointing replaces a symlink in one step", "[host]")
{
    top.point("current", "one").value();
    top.point("current", "two").value();
    CHECK(top.link_target("current").value() == "two");
    CHECK(top.names().value() == std::vector<std::string>{"current"});
    CHECK(top.link_target("absent").value() == std::nullopt);
}

TEST_CASE_METHOD(folder_fixture, "a folder and a symlink are exchanged", "[host]")
{
    fs::create_directory(root / "live");
    write("live/f", "old");
    top.point("link", "elsewhere").value();
    top.exchange("live", top, "link").value();
    CHECK(fs::read_symlink(root / "live") == "elsewhere");
    CHECK(text("link/f") == "old");
}

TEST_CASE_METHOD(folder_fixture, "rights are set on the open folder", "[host]")
{
    const folder made = top.make("a", 0755).value();
    made.set_rights({::geteuid(), ::getegid(), 0710}).value();
    CHECK(made.current_rights().value() == rights{::geteuid(), ::getegid(), 0710});
}

TEST_CASE_METHOD(folder_fixture, "a durable write replaces a file whole and leaves no scratch file", "[host]")
{
    write_file_durably(root / "f", "one", 0600).value();
    write_file_durably(root / "f", "two", 0640).value();
    CHECK(text("f") == "two");
    CHECK((fs::status(root / "f").permissions() == static_cast<fs::perms>(0640)));
    CHECK(top.names().value() == std::vector<std::string>{"f"});
}

TEST_CASE_METHOD(folder_fixture, "reading stops at its bound", "[host]")
{
    write("f", std::string(1001, 'x'));
    CHECK(read_file(root / "f", 1000).error().code() == errc::too_large);
    CHECK(read_file(root / "f", 1001).value().size() == 1001);
    CHECK(read_file(root / "none", 1).error().code() == errc::not_found);
}

TEST_CASE("accounts are found by name and by number, and an unknown one is named", "[host]")
{
    CHECK(user_id("root").value() == 0);
    CHECK(group_id("root").value() == 0);
    CHECK(user_id("12345").value() == 12345);
    CHECK(user_name(0) == "root");
    CHECK(user_name(3999999999U) == "3999999999");
    CHECK(user_id("no such user").error().message() == "there is no user \"no such user\" on this host");
    CHECK(group_id("4294967295").has_error());
    CHECK(user_id("").has_error());
}
