#include <fleetman/control/record_file.hpp>
#include <fleetman/testing/controller.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace fleetman;
using namespace fleetman::control;

namespace {

namespace fs = std::filesystem;

struct records
{
    testing::temporary_folder folder;
    fs::path file = folder.path / "records.jsonl";

    std::vector<std::string> lines() const
    {
        constexpr std::uint64_t enough = 1024;
        std::vector<std::string> all;
        read_records(file, enough, [&](std::string_view line) { all.emplace_back(line); }).value();
        return all;
    }
};

} // namespace

TEST_CASE_METHOD(records, "a line that a crash tore is cut off, and the next one begins where it began", "[control]")
{
    std::ofstream(file) << "one\ntwo\nthr";

    record_file opened = record_file::open(file).value();
    opened.append("four\n").value();

    CHECK(lines() == std::vector<std::string>{"one", "two", "four"});
    CHECK(opened.size() == fs::file_size(file));
}

TEST_CASE_METHOD(records, "a file that began anew is the one that is appended to", "[control]")
{
    record_file opened = record_file::open(file).value();
    opened.append("one\ntwo\n").value();

    opened.replace("three\n").value();
    opened.append("four\n").value();

    CHECK(lines() == std::vector<std::string>{"three", "four"});
}

TEST_CASE_METHOD(records, "lines that cannot take the file's place leave no second file", "[control]")
{
    record_file opened = record_file::open(file).value();
    fs::remove(file);
    fs::create_directory(file);

    const result<void> replaced = opened.replace("three\n");

    REQUIRE(replaced.has_error());
    CHECK(replaced.error().message().find("replace " + file.string()) == 0);
    CHECK(fs::is_directory(file));
    CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 1);
}
