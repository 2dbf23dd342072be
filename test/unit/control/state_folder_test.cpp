#include <fleetman/control/state_folder.hpp>
#include <fleetman/testing/controller.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <fstream>

using namespace fleetman;
using control::state_folder;

namespace {

struct place
{
    testing::temporary_folder around;
    std::filesystem::path at = around.path / "state";
};

} // namespace

TEST_CASE_METHOD(place, "the state folder is made for its owner alone, whatever the umask", "[state_folder]")
{
    const mode_t before = ::umask(0);
    const auto opened = state_folder::open(at);
    ::umask(before);

    REQUIRE(opened.has_value());
    CHECK(opened->path() == at);
    CHECK(std::filesystem::status(at).permissions() == std::filesystem::perms::owner_all);
}

TEST_CASE_METHOD(place, "a state folder that others could read is closed to them", "[state_folder]")
{
    std::filesystem::create_directory(at);
    std::filesystem::permissions(at, std::filesystem::perms(0755));
    REQUIRE(state_folder::open(at).has_value());
    CHECK(std::filesystem::status(at).permissions() == std::filesystem::perms::owner_all);
}

TEST_CASE_METHOD(place, "a state folder belongs to one controller until that one is gone", "[state_folder]")
{
    {
        const auto first = state_folder::open(at);
        REQUIRE(first.has_value());
        const auto second = state_folder::open(at);
        REQUIRE(second.has_error());
        CHECK(second.error().code() == errc::conflict);
        CHECK(second.error().message() == at.string() + " belongs to another running controller (`fuser " +
                                              at.string() + "/lock` shows which); give each its own `state_directory`");
    }
    CHECK(state_folder::open(at).has_value());
}

TEST_CASE_METHOD(
    place, "what an interrupted write left in the state folder is removed, the rest stays", "[state_folder]")
{
    std::filesystem::create_directory(at);
    std::ofstream(at / ".tokens.json.0123456789abcdef") << "half";
    std::ofstream(at / "tokens.json") << "whole";
    REQUIRE(state_folder::open(at).has_value());
    CHECK_FALSE(std::filesystem::exists(at / ".tokens.json.0123456789abcdef"));
    CHECK(std::filesystem::exists(at / "tokens.json"));
}

TEST_CASE_METHOD(place, "a state folder that cannot be is refused with what to change", "[state_folder]")
{
    std::ofstream(around.path / "file") << "x";
    for (const char* impossible : {"file", "file/below", "no/parent"}) {
        const auto refused = state_folder::open(around.path / impossible);
        REQUIRE(refused.has_error());
        CHECK(refused.error().message().find("`state_directory`") != std::string::npos);
    }
}
