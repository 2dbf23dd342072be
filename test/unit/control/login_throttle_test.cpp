#include <fleetman/control/login_throttle.hpp>
#include <fleetman/testing/manual_clock.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace std::chrono_literals;
using control::failure_delays;

namespace {

struct guesses
{
    testing::manual_clock time;
    control::login_throttle throttle{time};

    void pass(milliseconds span)
    {
        time.steady += span;
        time.time += span;
    }
    // Fails as soon as it may, `times` times; the last wait before an attempt.
    milliseconds fail(const std::string& user, const std::string& address, unsigned times)
    {
        milliseconds waited{};
        for (unsigned i = 0; i < times; ++i) {
            waited = 0ms;
            while (const auto wait = throttle.attempt(user, address)) {
                waited += *wait;
                pass(*wait);
            }
        }
        return waited;
    }
};

} // namespace

TEST_CASE_METHOD(guesses, "wrong passwords from one address wait ever longer, up to five minutes", "[throttle]")
{
    CHECK(fail("alice", "192.0.2.1", 5) == 0ms);
    CHECK(fail("bob", "192.0.2.1", 1) == 1s); // whoever the guess is about
    CHECK(fail("carol", "192.0.2.1", 1) == 2s);
    CHECK(fail("dave", "192.0.2.1", 1) == 4s);
    CHECK(fail("erin", "192.0.2.1", 20) == 300s);
    CHECK_FALSE(throttle.attempt("alice", "192.0.2.2").has_value());
}

TEST_CASE_METHOD(guesses, "waiting does not make the wait longer", "[throttle]")
{
    fail("alice", "192.0.2.1", 6);
    for (int i = 0; i < 100; ++i)
        CHECK(throttle.attempt("alice", "192.0.2.1") == 2s);
}

TEST_CASE_METHOD(guesses, "many attempts at once are no way around the delay", "[throttle]")
{
    unsigned begun = 0;
    for (int i = 0; i < 100; ++i)
        begun += throttle.attempt("alice", "192.0.2.1") ? 0 : 1;
    CHECK(begun == 5);
}

TEST_CASE_METHOD(
    guesses, "who guesses one user's password from everywhere is slowed down, the user at home is not", "[throttle]")
{
    REQUIRE_FALSE(throttle.attempt("alice", "192.0.2.1"));
    throttle.succeeded("alice", "192.0.2.1");
    for (int i = 0; i < 60; ++i)
        fail("alice", "198.51.100." + std::to_string(i), 1);

    CHECK(throttle.attempt("alice", "203.0.113.1") == 8s);
    CHECK_FALSE(throttle.attempt("alice", "192.0.2.1").has_value());
    // From elsewhere the wait ends, too.
    pass(8s);
    CHECK_FALSE(throttle.attempt("alice", "203.0.113.1").has_value());
}

TEST_CASE_METHOD(guesses, "a right password of one's own does not make guesses at others free", "[throttle]")
{
    for (int i = 0; i < 5; ++i) {
        fail("alice", "192.0.2.1", 1);
        if (!throttle.attempt("mallory", "192.0.2.1"))
            throttle.succeeded("mallory", "192.0.2.1");
    }
    CHECK(throttle.attempt("alice", "192.0.2.1") == 1s);
}

TEST_CASE_METHOD(guesses, "an attempt that came to nothing is not counted", "[throttle]")
{
    for (int i = 0; i < 50; ++i) {
        REQUIRE_FALSE(throttle.attempt("alice", "192.0.2.1"));
        throttle.not_tried("alice", "192.0.2.1");
    }
}

TEST_CASE_METHOD(guesses, "failures are forgotten after a quarter of an hour", "[throttle]")
{
    fail("alice", "192.0.2.1", 8);
    pass(failure_delays::forgotten_after);
    CHECK(fail("alice", "192.0.2.1", 5) == 0ms);
}

TEST_CASE_METHOD(guesses, "a network of IPv6 counts as one address", "[throttle]")
{
    for (int i = 0; i < 5; ++i)
        CHECK(fail("user" + std::to_string(i), "2001:db8::" + std::to_string(i), 1) == 0ms);
    CHECK(throttle.attempt("alice", "2001:db8::ffff").has_value());
    CHECK_FALSE(throttle.attempt("alice", "2001:db8:0:1::1").has_value());
}

TEST_CASE("however many have failed, the memory of it is bounded", "[throttle]")
{
    testing::manual_clock time;
    failure_delays delays(time, {.free = 1, .longest = 1s});
    for (std::size_t i = 0; i < failure_delays::most_keys + 500; ++i)
        delays.add(std::to_string(i));
    CHECK(delays.size() == failure_delays::most_keys);
    CHECK(delays.wait("499") == 0ms); // forgotten
    CHECK(delays.wait("500") == 1s);
}
