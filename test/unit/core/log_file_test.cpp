#include <fleetman/core/log_file.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace fleetman;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct log_file_fixture
{
    testing::scratch_folder scratch;
    fs::path folder = scratch.path();
    wall_time now = parse_local_stamp("20260105-103000-000").value();

    std::string text(const std::string& name) const
    {
        std::ifstream in(folder / name);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        for (const auto& entry : fs::directory_iterator(folder))
            all.push_back(entry.path().filename().string());
        std::sort(all.begin(), all.end());
        return all;
    }
    void touch(const std::string& name) const { std::ofstream(folder / name) << "old"; }
};

using all_names = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(log_file_fixture, "a line goes to the file of its day, or its hour", "[core]")
{
    log::file daily({folder, "agent", log::rotation::daily});
    CHECK(daily.write("one\n", now).has_value());
    CHECK(daily.write("two\n", now + 13h).has_value());
    CHECK(daily.write("three\n", now + 14h).has_value()); // past midnight
    CHECK(text("agent_2026-01-05.log") == "one\ntwo\n");
    CHECK(text("agent_2026-01-06.log") == "three\n");

    log::file hourly({folder, "hourly", log::rotation::hourly});
    CHECK(hourly.write("one\n", now).has_value());
    CHECK(hourly.write("two\n", now + 30min).has_value());
    CHECK(text("hourly_2026-01-05_10.log") == "one\n");
    CHECK(text("hourly_2026-01-05_11.log") == "two\n");

    log::file never({folder, "never", log::rotation::never});
    CHECK(never.write("one\n", now).has_value());
    CHECK(never.write("two\n", now + 900h).has_value());
    CHECK(text("never.log") == "one\ntwo\n");
}

TEST_CASE_METHOD(log_file_fixture, "a file that is there is gone on with", "[core]")
{
    touch("agent_2026-01-05.log");
    log::file again({folder, "agent", log::rotation::daily});
    CHECK(again.write(" and new\n", now).has_value());
    CHECK(text("agent_2026-01-05.log") == "old and new\n");
}

TEST_CASE_METHOD(log_file_fixture, "files that are too old go, and nobody else's", "[core]")
{
    const all_names kept{"agent-2025-12-01.log", "agent.log", "agent_2025-12-01.log.gz", "agent_2025-12-01_1.log",
        "agent_2026-01-02.log", "agent_2026-01-02_00.log", "agent_now.log", "agent_x_2025-12-01.log",
        "controller_2025-12-01.log"};
    for (const std::string& name : kept)
        touch(name);
    for (const char* name : {"agent_2026-01-01.log", "agent_2026-01-01_23.log", "agent_1999-01-01.log"})
        touch(name); // whatever gaps there are between them
    fs::create_directory(folder / "agent_2025-01-01.log");
    log::file daily({folder, "agent", log::rotation::daily, std::chrono::days(3)});
    CHECK(daily.write("x", now).has_value());
    all_names expected = kept;
    expected.insert(expected.end(), {"agent_2025-01-01.log", "agent_2026-01-05.log"});
    std::sort(expected.begin(), expected.end());
    CHECK(names() == expected);

    CHECK(daily.write("x", now + std::chrono::days(1)).has_value());
    CHECK_FALSE(fs::exists(folder / "agent_2026-01-02.log"));
    CHECK_FALSE(fs::exists(folder / "agent_2026-01-02_00.log"));
}

TEST_CASE_METHOD(log_file_fixture, "without a new file the one before is gone on with, and that is told", "[core]")
{
    log::file daily({folder, "agent", log::rotation::daily});
    CHECK(daily.write("one\n", now).has_value());
    fs::create_directory(folder / "agent_2026-01-06.log"); // in its way
    const result<void> turned = daily.write("two\n", now + 24h);
    REQUIRE(turned.has_error());
    CHECK(turned.error().message() == "open " + (folder / "agent_2026-01-06.log").string() + ": Is a directory");
    CHECK(text("agent_2026-01-05.log") == "one\ntwo\n");
    fs::remove(folder / "agent_2026-01-06.log");
    CHECK(daily.write("three\n", now + 24h).has_value());
    CHECK(text("agent_2026-01-06.log") == "three\n");
}
