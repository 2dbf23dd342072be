#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace fleetman;

namespace {

// A folder that is gone with the test, and the log put back to standard error.
struct log_folder
{
    log_folder() { std::filesystem::create_directories(path); }
    ~log_folder()
    {
        static_cast<void>(log::configure({}));
        std::filesystem::remove_all(path);
    }

    std::string written(const std::string& file) const
    {
        std::ifstream in(path / file);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    std::filesystem::path path = std::filesystem::temp_directory_path() / ("fleetman-log-" + random_hex(8));
};

} // namespace

TEST_CASE_METHOD(log_folder, "an event is one line, with values quoted only where they need it", "[core]")
{
    REQUIRE(log::configure({.directory = path, .file_prefix = "agent", .rotate = log::rotation::never}).has_value());
    log::info("agent", "deployed", {{"cell", "web"}, {"took", std::chrono::milliseconds(12)}, {"error", "a b\n\"c\""}});

    const std::string line = written("agent.log");
    CHECK_THAT(line, Catch::Contains(R"(info agent deployed cell=web took=12ms error="a b\n\"c\"")"));
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
}

TEST_CASE_METHOD(log_folder, "a JSON line holds the same as members", "[core]")
{
    REQUIRE(log::configure({.json = true, .directory = path, .file_prefix = "agent", .rotate = log::rotation::never})
            .has_value());
    log::warning("s3", "retry", {{"key", "a\"b"}, {"attempt", 2}});
    CHECK_THAT(written("agent.log"),
        Catch::Contains(R"("level":"warning","module":"s3","event":"retry","key":"a\"b","attempt":"2"})"));
}

TEST_CASE_METHOD(log_folder, "what is below the level is left out", "[core]")
{
    REQUIRE(
        log::configure({.least = log::level::warning, .directory = path, .rotate = log::rotation::never}).has_value());
    log::info("agent", "quiet");
    log::error("agent", "loud");
    CHECK_THAT(written("fleetman.log"), !Catch::Contains("quiet") && Catch::Contains("loud"));
}

TEST_CASE_METHOD(log_folder, "a log file that was moved is begun anew when it is asked to", "[core]")
{
    REQUIRE(log::configure({.directory = path, .file_prefix = "agent", .rotate = log::rotation::never}).has_value());
    log::info("agent", "one");
    std::filesystem::rename(path / "agent.log", path / "agent.log.1");
    log::info("agent", "two");
    log::reopen();
    log::info("agent", "three");
    CHECK_THAT(written("agent.log.1"), Catch::Contains("one") && Catch::Contains("two"));
    CHECK_THAT(written("agent.log"), !Catch::Contains("two") && Catch::Contains("three"));
}

TEST_CASE("a folder that cannot be made is an error that names it", "[core]")
{
    const auto outcome = log::configure({.directory = "/proc/no/such"});
    REQUIRE(outcome.has_error());
    CHECK_THAT(outcome.error().message(), Catch::StartsWith("cannot log to /proc/no/such: "));
}
