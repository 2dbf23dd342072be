#include <fleetman/agent/log_tail.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <fstream>

using namespace fleetman;
using namespace fleetman::agent;
namespace fs = std::filesystem;

namespace {

struct log_fixture
{
    testing::scratch_folder scratch;
    fs::path root = scratch.path();
    cell_layout layout{{.services = root}, model::run_profile::deploy, model::cell_id::parse("a").value()};
    model::manifest manifest;
    fs::path release = layout.release("r");

    log_fixture()
    {
        fs::create_directories(release);
        fs::create_directories(layout.shared() / "logs");
        fs::create_directory_symlink(layout.shared() / "logs", release / "logs");
        manifest.log_files = {"logs/stdout.log"};
    }
    log_lines read() const { return read_log_tails(layout, "r", manifest); }
};

} // namespace

TEST_CASE("the last lines are whole, readable and at most so many", "[agent]")
{
    using lines = std::vector<std::string>;
    CHECK(last_lines("a\nb\nc\n", 2) == lines{"b", "c"});
    CHECK(last_lines("a\r\nb", 5) == lines{"a", "b"});
    CHECK(last_lines("", 5).empty());
    CHECK(last_lines("a\n\nb\n", 5) == lines{"a", "", "b"});
    CHECK(last_lines("x\ty\x1b[31m", 1) == lines{"x\ty\xEF\xBF\xBD[31m"});
    CHECK(last_lines("caf\xC3\xA9 \xFF \xC3", 1) == lines{"caf\xC3\xA9 \xEF\xBF\xBD \xEF\xBF\xBD"});
    CHECK(last_lines("\xED\xA0\x80", 1) == lines{"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}); // a surrogate
}

TEST_CASE_METHOD(log_fixture, "log files are read through our link into shared/", "[agent]")
{
    std::ofstream(layout.shared() / "logs/stdout.log") << "one\ntwo\n";
    CHECK(read().at("logs/stdout.log") == std::vector<std::string>{"one", "two"});
}

TEST_CASE_METHOD(log_fixture, "a missing log file is told from an empty one", "[agent]")
{
    CHECK(read().at("logs/stdout.log") == std::nullopt);
    std::ofstream(layout.shared() / "logs/stdout.log") << "";
    CHECK(read().at("logs/stdout.log") == std::vector<std::string>{});
}

TEST_CASE_METHOD(log_fixture, "a service cannot make the agent publish a file elsewhere", "[agent]")
{
    std::ofstream(root / "secret") << "root's";
    fs::create_symlink(root / "secret", layout.shared() / "logs/stdout.log");
    CHECK(read().at("logs/stdout.log") == std::nullopt);

    fs::create_directories(root / "elsewhere");
    std::ofstream(root / "elsewhere/stdout.log") << "root's";
    fs::remove(release / "logs");
    fs::create_directory_symlink(root / "elsewhere", release / "logs");
    CHECK(read().at("logs/stdout.log") == std::nullopt);
}

TEST_CASE_METHOD(log_fixture, "paths that leave the service folder and folders are skipped", "[agent]")
{
    manifest.log_files = {"../../secret", "/etc/passwd", "logs/", ""};
    CHECK(read().empty());
    manifest.log_files = {"logs/stdout.log"};
    manifest.collect_logs = false;
    CHECK(read().empty());
}

TEST_CASE_METHOD(log_fixture, "a fifo as a log file does not hold the agent", "[agent]")
{
    REQUIRE(::mkfifo((layout.shared() / "logs/stdout.log").c_str(), 0600) == 0);
    CHECK(read().at("logs/stdout.log") == std::nullopt);
}

TEST_CASE_METHOD(log_fixture, "only the end of a large log file is read", "[agent]")
{
    std::ofstream file(layout.shared() / "logs/stdout.log");
    for (int i = 0; i < 100'000; ++i)
        file << "line " << i << '\n';
    file.close();
    const auto lines = *read().at("logs/stdout.log");
    CHECK(lines.size() == manifest.max_log_lines);
    CHECK(lines.back() == "line 99999");
}
