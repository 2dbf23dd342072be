#include <fleetman/model/names.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace fleetman;
using namespace fleetman::model;

TEST_CASE("a node, cell or manifest is named by 1 to 64 word characters, dots inside", "[names]")
{
    for (const std::string& good : {std::string("a"), std::string("node01.example.net"), std::string("A-b_c.9"),
             std::string(64, 'n'), std::string("-leading-dash")})
        CHECK(node_id::parse(good).value().str() == good);
    for (const std::string& bad : {std::string(), std::string(65, 'n'), std::string(".hidden"), std::string(".."),
             std::string("a b"), std::string("a/b"), std::string("ä"), std::string("a\n"), std::string("a\0b", 3)})
        CHECK(cell_id::parse(bad).error().code() == errc::invalid);
}

TEST_CASE("a bucket and a resource profile are named by 1 to 40 word characters", "[names]")
{
    CHECK(bucket_name::parse("prod-EU_1").has_value());
    CHECK(profile_name::parse(std::string(40, 'p')).has_value());
    for (const std::string& bad : {std::string(), std::string(41, 'p'), std::string("a.b"), std::string("a b")})
        CHECK(bucket_name::parse(bad).has_error());
    CHECK(key_prefix::parse(std::string(100, 'p')).has_value());
    CHECK(key_prefix::parse("a/b").has_error());
}

TEST_CASE("a refused name is shown with the rule that it breaks", "[names]")
{
    CHECK(node_id::parse("a b").error().message() ==
          "a node id is 1 to 64 of A-Z a-z 0-9 - _ . not beginning with \".\"; found \"a b\"");
}

TEST_CASE("what the original named otherwise still loads when it makes one safe key part", "[names]")
{
    for (const std::string& kept :
        {std::string("a b"), std::string(".hidden"), std::string("größe"), std::string(255, 'x'), std::string("a@b:c")})
        CHECK(manifest_name::load(kept).value().str() == kept);
    for (const std::string& harmful :
        {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("a\nb"),
            std::string("\x7f"), std::string(256, 'x'), std::string("a\xFF"), std::string("a\0b", 3)})
        CHECK(manifest_name::load(harmful).has_error());
}

TEST_CASE("a cell is written node/cell", "[names]")
{
    const cell_ref cell = cell_ref::parse("node01/api").value();
    CHECK(cell.node.str() == "node01");
    CHECK(cell.cell.str() == "api");
    CHECK(cell.str() == "node01/api");
    for (const char* bad : {"", "node01", "/api", "node01/", "a/b/c", "a//b", "../x"})
        CHECK(cell_ref::parse(bad).has_error());
    CHECK(cell_ref::load("my node/my cell").value().str() == "my node/my cell");
    CHECK(cell_ref::load("a/b/c").has_error());
}

TEST_CASE("a version is three numbers without leading zeros", "[names]")
{
    for (const char* good : {"v0.0.0", "v1.2.3", "v4294967295.0.10"})
        CHECK(version::parse(good).value().str() == good);
    for (const char* bad : {"", "v", "1.2.3", "v1.2", "v1.2.3.4", "v1.02.0", "v00.0.0", "v1.2.-3", "v1.2.+3", "v1.2. 3",
             "v1.2.3 ", "V1.2.3", "v4294967296.0.0", "v1..3", "v1.2.3-rc1"})
        CHECK(version::parse(bad).has_error());
}

TEST_CASE("versions sort by number, after those that have none", "[names]")
{
    std::vector<version> sorted;
    for (const char* text : {"v1.10.0", "v1.9.0", "nightly", "v0.0.2", "v1.9.10", "alpha"})
        sorted.push_back(version::load(text).value());
    std::sort(sorted.begin(), sorted.end());
    std::string order;
    for (const version& each : sorted)
        order += each.str() + ' ';
    CHECK(order == "alpha nightly v0.0.2 v1.9.0 v1.9.10 v1.10.0 ");
}

TEST_CASE("a path stays inside its folder and can be stored anywhere", "[names]")
{
    for (const std::string& good :
        {std::string("run.sh"), std::string("logs/"), std::string("a/b/c.txt"), std::string("..a/b.."),
            std::string("sub/manifest.json"), std::string("mit leer/ü"), std::string("back\\slash")})
        CHECK(file_path::parse(good).value().str() == good);
    std::string deep;
    while (deep.size() < 1024)
        deep += "d/";
    CHECK(file_path::parse(deep).has_value());
    CHECK(file_path::parse(deep + 'd').has_error());
    for (const std::string& bad :
        {std::string(), std::string("/"), std::string("/etc/passwd"), std::string("a//b"), std::string("a//"),
            std::string("."), std::string("./a"), std::string("a/.."), std::string("../a"), std::string("a/../b"),
            std::string("a/./"), std::string("a\nb"), std::string("a\0b", 3), std::string("a\xC3"),
            std::string("manifest.json"), std::string("overrides_manifest.json"), std::string(256, 'x')})
        CHECK(file_path::parse(bad).has_error());
}

TEST_CASE("a path tells its last part and whether it is a folder", "[names]")
{
    CHECK(file_path::parse("a/b/run.sh").value().file_name() == "run.sh");
    CHECK(file_path::parse("a/logs/").value().file_name() == "logs");
    CHECK(file_path::parse("logs/").value().is_folder());
    CHECK_FALSE(file_path::parse("logs").value().is_folder());
}
