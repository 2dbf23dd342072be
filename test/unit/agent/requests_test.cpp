#include "agent_fixture.hpp"

#include <fleetman/agent/requests.hpp>
#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

#include <fstream>

using namespace fleetman;
using testing::agent_fixture;
namespace fs = std::filesystem;

namespace {

struct requests_fixture : agent_fixture
{
    fs::path folder = agent::requests_folder(with);
    agent::request rollback{.cell = model::cell_id::parse("api").value(),
        .release = "v1.0.0",
        .expires_at = unix_seconds(time.now() + std::chrono::seconds(10))};

    std::vector<agent::taken_request> take() { return agent::take_requests(with, time.now()); }

    std::string ask(const std::string& json)
    {
        fs::create_directories(folder);
        std::ofstream(folder / "00112233445566ff.request.json") << json;
        return "00112233445566ff";
    }
};

} // namespace

TEST_CASE_METHOD(requests_fixture, "a request is taken once, and its answer too", "[agent]")
{
    const std::string id = agent::hand_over(with, rollback).value();
    CHECK(mode(folder) == 0700);
    const auto taken = take();
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].id == id);
    CHECK(taken[0].wanted.cell.str() == "api");
    CHECK(taken[0].wanted.release == "v1.0.0");
    CHECK(take().empty());
    CHECK_FALSE(agent::withdraw(with, id));

    CHECK_FALSE(agent::take_answer(with, id));
    agent::write_answer(with, id, {true, "done"}).value();
    CHECK(agent::take_answer(with, id) == agent::answer{true, "done"});
    CHECK_FALSE(agent::take_answer(with, id));
    CHECK(fs::is_empty(folder));
}

TEST_CASE_METHOD(requests_fixture, "a request that was withdrawn or has expired is not acted on", "[agent]")
{
    CHECK(agent::withdraw(with, agent::hand_over(with, rollback).value()));
    CHECK(take().empty());
    (void)agent::hand_over(with, rollback).value();
    time.time += std::chrono::seconds(11);
    CHECK(take().empty());
    CHECK(fs::is_empty(folder));
}

TEST_CASE_METHOD(requests_fixture, "a malformed request is answered with what is wrong", "[agent]")
{
    const std::string json = GENERATE("", "[]", "{}", R"({"what":"rollback","cell_id":"api"})",
        R"({"what":"rollback","cell_id":"api","release":"../../x"})", R"({"what":"format","cell_id":"api"})",
        R"({"what":"remove","cell_id":"../api"})");
    INFO(json);
    const std::string id = ask(json);
    CHECK(take().empty());
    const auto said = agent::take_answer(with, id);
    REQUIRE(said);
    CHECK_FALSE(said->done);
    CHECK(said->text.find("the request") == 0);
}

TEST_CASE_METHOD(requests_fixture, "a large request, a link and a folder are not read as requests", "[agent]")
{
    const std::string id = ask(std::string(5000, ' ') + agent::serialize(rollback));
    CHECK(take().empty());
    CHECK(agent::take_answer(with, id));

    std::ofstream(root / "elsewhere") << agent::serialize(rollback);
    fs::create_symlink(root / "elsewhere", folder / "0123456789abcdef.request.json");
    fs::create_directory(folder / "0123456789abcde0.request.json");
    CHECK(take().empty());
    CHECK(fs::exists(root / "elsewhere"));
}

TEST_CASE_METHOD(requests_fixture, "answers that nobody came for are cleared away", "[agent]")
{
    fs::create_directories(folder);
    agent::write_answer(with, "0123456789abcdef", {true, "done"}).value();
    CHECK(agent::take_requests(with, std::chrono::system_clock::now()).empty());
    CHECK_FALSE(fs::is_empty(folder));
    (void)agent::take_requests(with, std::chrono::system_clock::now() + std::chrono::hours(2));
    CHECK(fs::is_empty(folder));
}
