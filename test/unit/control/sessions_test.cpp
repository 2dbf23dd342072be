#include <fleetman/control/sessions.hpp>
#include <fleetman/testing/manual_clock.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <vector>

using namespace fleetman;
using namespace std::chrono_literals;

namespace {

struct table
{
    testing::manual_clock time;
    control::sessions all{time, {.idle = 30min, .longest = 12h}};

    void pass(milliseconds span)
    {
        time.steady += span;
        time.time += span;
    }
};

} // namespace

TEST_CASE_METHOD(table, "a session is known by 256 random bits, and by nothing near them", "[sessions]")
{
    const auto begun = all.begin("alice", "mark");
    CHECK(begun.id.reveal().size() == 64);
    CHECK(begun.ends == time.time + 12h);
    CHECK(all.use(begun.id)->user == "alice");
    CHECK(all.use(begun.id)->password_mark == "mark");
    std::string other = begun.id.reveal();
    other.back() = other.back() == '0' ? '1' : '0';
    CHECK_FALSE(all.use(secret(other)).has_value());
    CHECK_FALSE(all.use(secret("")).has_value());
    CHECK(all.begin("alice", "mark").id != begun.id);
}

TEST_CASE_METHOD(table, "a session ends when it is not used, and in any case in the end", "[sessions]")
{
    const auto idle = all.begin("alice", "");
    const auto busy = all.begin("alice", "");
    for (int i = 0; i < 24; ++i) {
        pass(29min);
        CHECK(all.use(busy.id).has_value());
    }
    CHECK_FALSE(all.use(idle.id).has_value());
    pass(24min); // 12 hours in all
    CHECK_FALSE(all.use(busy.id).has_value());
    CHECK(all.size() == 0);
}

TEST_CASE_METHOD(table, "a user's sessions are bounded: the one unused for longest makes room", "[sessions]")
{
    const auto others = all.begin("bob", "");
    std::vector<control::sessions::begun> mine;
    for (std::size_t i = 0; i < control::sessions::most_of_a_user; ++i) {
        pass(1s);
        mine.push_back(all.begin("alice", ""));
    }
    pass(1s);
    all.use(mine.front().id);
    mine.push_back(all.begin("alice", ""));

    CHECK(all.size() == control::sessions::most_of_a_user + 1);
    CHECK(all.use(mine[0].id).has_value());
    CHECK_FALSE(all.use(mine[1].id).has_value());
    CHECK(all.use(others.id).has_value());
}

TEST_CASE_METHOD(table, "logging out ends one session", "[sessions]")
{
    const auto one = all.begin("alice", "");
    const auto other = all.begin("alice", "");
    all.end(one.id);
    CHECK_FALSE(all.use(one.id).has_value());
    CHECK(all.use(other.id).has_value());
}

TEST_CASE_METHOD(table, "each session has a page's token of its own, which does not tell the session", "[sessions]")
{
    const auto one = all.begin("alice", "");
    const auto other = all.begin("alice", "");
    CHECK(control::csrf_token(one.id) == control::csrf_token(one.id));
    CHECK(control::csrf_token(one.id) != control::csrf_token(other.id));
    CHECK(control::csrf_token(one.id) != one.id.reveal());
}
