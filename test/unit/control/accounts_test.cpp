#include <fleetman/core/bcrypt.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/controller.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace fleetman;
using namespace std::chrono_literals;
using config::user_role;
using control::identity;
using testing::run;

namespace {

std::string console(const std::string& users)
{
    return "web_console:\n  auth:\n    mode: form\n    users: [" + users + "]\nbuckets: {}\nmanifests: {}\n";
}

const std::string& hash() // of "correct horse"
{
    static const std::string made = bcrypt::hash(secret("correct horse"), 4).value().reveal();
    return made;
}

struct people : testing::controller
{
    people()
        : controller(console("'alice:" + hash() + "', 'bob:" + hash() + ":operator', 'carol:" + hash() + ":viewer'"))
    {}

    control::accounts& accounts = app.accounts;

    control::accounts::login log_in(
        const std::string& user, const std::string& password, const std::string& from = "192.0.2.1")
    {
        return run(accounts.log_in(user, secret(password), from));
    }
    secret session(const std::string& user)
    {
        return std::get<control::sessions::begun>(log_in(user, "correct horse")).id;
    }
    identity who(const secret& session) { return accounts.by_session(session, "192.0.2.1").value(); }
    bool knows(const secret& session) { return accounts.by_session(session, "192.0.2.1").has_value(); }

    control::token_store::issued token(const std::string& owner, user_role role, const std::string& name = "ci")
    {
        return run(accounts.issue_token(who(session(owner)), name, role, 24h)).value();
    }
    std::string file(const char* name) const
    {
        std::ifstream from(folder.path / name);
        return {std::istreambuf_iterator<char>(from), {}};
    }
    // Somebody edits the file, and the controller comes to read it.
    void rewrite(const std::string& yaml)
    {
        std::ofstream(folder.path / "controller_config.yaml") << yaml;
        run(app.names.edit([](config::controller_config_file&) { return result<void>(); })).value();
    }
};

} // namespace

TEST_CASE_METHOD(people, "a right password begins a session with the user's role", "[accounts]")
{
    CHECK(accounts.login_required());
    const identity alice = who(session("alice"));
    CHECK(alice.who == control::actor{"alice", "192.0.2.1"});
    CHECK(alice.role == user_role::admin);
    CHECK(who(session("bob")).role == user_role::operate);
    CHECK(who(session("carol")).role == user_role::viewer);
}

TEST_CASE_METHOD(people, "a wrong password and an unknown user are told the same", "[accounts]")
{
    const error wrong = std::get<error>(log_in("alice", "correct house"));
    const error unknown = std::get<error>(log_in("zoë", "correct horse"));
    CHECK(wrong.code() == errc::denied);
    CHECK(unknown.code() == errc::denied);
    CHECK(wrong.message() == unknown.message());
    CHECK(std::get<error>(log_in("", "")).code() == errc::denied);
    const error cut = std::get<error>(log_in("alice", std::string(73, 'a')));
    CHECK(cut.code() == errc::invalid);
    CHECK(cut.message().find("72 bytes") != std::string::npos);
}

TEST_CASE_METHOD(people, "after five wrong passwords the next ones wait, the right one too", "[accounts]")
{
    for (int i = 0; i < 5; ++i)
        log_in("alice", "guess");
    CHECK(std::get<control::throttled>(log_in("alice", "correct horse")).wait == 1s);
    CHECK(std::holds_alternative<control::sessions::begun>(log_in("alice", "correct horse", "198.51.100.1")));
    time.steady += 1s;
    CHECK(std::holds_alternative<control::sessions::begun>(log_in("alice", "correct horse")));
}

TEST_CASE_METHOD(people, "only so many passwords wait to be checked; the rest are asked to come again", "[accounts]")
{
    std::size_t busy = 0;
    const auto one = [&](std::size_t i) -> task<result<void>> {
        const auto tried = [](control::accounts& with, std::size_t n, std::size_t& refused) -> task<result<void>> {
            const auto outcome =
                co_await with.log_in("user" + std::to_string(n), secret("x"), "192.0.2." + std::to_string(n));
            const auto* why = std::get_if<error>(&outcome);
            refused += why != nullptr && why->code() == errc::unavailable ? 1 : 0;
            co_return result<void>();
        };
        return tried(accounts, i, busy);
    };
    const std::size_t crowd = control::accounts::longest_queue + 4;
    run(for_each_concurrently(crowd, crowd, one)).value();
    CHECK(busy == 4);
}

TEST_CASE_METHOD(people, "a changed password is in the configuration, and ends every other session", "[accounts]")
{
    const secret here = session("bob");
    const secret elsewhere = session("bob");
    const secret alice = session("alice");
    const auto outcome =
        run(accounts.change_password("bob", secret("correct horse"), secret("battery staple"), "192.0.2.1"));

    const secret fresh = std::get<control::sessions::begun>(outcome).id;
    CHECK(who(fresh).user == "bob");
    CHECK_FALSE(knows(here));
    CHECK_FALSE(knows(elsewhere));
    CHECK(knows(alice));
    CHECK(std::get<error>(log_in("bob", "correct horse")).code() == errc::denied);
    CHECK(std::holds_alternative<control::sessions::begun>(log_in("bob", "battery staple")));
    CHECK(file("controller_config.yaml").find("bob:$2b$10$") != std::string::npos);
    CHECK(file("controller_config.yaml").find(":operator") != std::string::npos);
    CHECK(file("controller_config.yaml").find("alice:" + hash()) != std::string::npos);
}

TEST_CASE_METHOD(people, "a password is changed by whoever knows it, to one that will do", "[accounts]")
{
    const auto change = [this](const std::string& now, const std::string& next) {
        return std::get<error>(run(accounts.change_password("bob", secret(now), secret(next), "192.0.2.1"))).code();
    };
    CHECK(change("correct house", "battery staple") == errc::denied);
    CHECK(change("correct horse", "short") == errc::invalid);
    CHECK(change("correct horse", std::string(73, 'a')) == errc::invalid);
    CHECK(file("controller_config.yaml").find("bob:" + hash()) != std::string::npos);
}

TEST_CASE_METHOD(people, "a user who is taken out of the configuration is out at once, tokens and all", "[accounts]")
{
    const secret bob = session("bob");
    const secret carol = session("carol");
    const secret token_of_bob = token("bob", user_role::operate).text;
    const secret token_of_alice = token("alice", user_role::admin, "other").text;
    rewrite(console("'alice:" + hash() + ":viewer', 'carol:" + hash() + ":viewer'"));

    CHECK_FALSE(knows(bob));
    CHECK(knows(carol));
    CHECK(accounts.by_token(token_of_bob, "192.0.2.1").error().code() == errc::denied);
    CHECK(accounts.by_token(token_of_alice, "192.0.2.1").value().role == user_role::viewer); // with its owner
}

TEST_CASE_METHOD(people, "a token does what it was made for, until it expires", "[accounts]")
{
    const auto made = token("alice", user_role::operate);
    CHECK(made.text.reveal().starts_with("fmt_"));
    CHECK(made.text.reveal().size() == 68);
    const identity ci = accounts.by_token(made.text, "192.0.2.7").value();
    CHECK(ci.who == control::actor{"token:ci", "192.0.2.7"});
    CHECK(ci.role == user_role::operate);
    CHECK(accounts.tokens_for(who(session("alice"))).at(0).last_used == time.time);

    time.time += 24h;
    CHECK(accounts.by_token(made.text, "").error().message() == "this token has expired, at 2026-01-06T10:00:00+00:00");
    CHECK(accounts.by_token(secret("fmt_" + std::string(64, '0')), "").error().code() == errc::denied);
    CHECK(accounts.by_token(secret(""), "").error().code() == errc::denied);
}

TEST_CASE_METHOD(people, "no token may more than its maker, and none makes another", "[accounts]")
{
    const auto issue = [this](identity maker, user_role role) {
        return run(accounts.issue_token(std::move(maker), "x", role, 24h)).error().code();
    };
    CHECK(issue(who(session("bob")), user_role::admin) == errc::denied);
    CHECK(issue(who(session("carol")), user_role::operate) == errc::denied);
    CHECK(
        issue(accounts.by_token(token("alice", user_role::admin).text, "").value(), user_role::viewer) == errc::denied);
    CHECK(issue(control::accounts::local(""), user_role::viewer) == errc::conflict);
    CHECK(run(accounts.issue_token(who(session("alice")), "ci", user_role::viewer, 24h)).error().code() ==
          errc::conflict); // the name is taken
}

TEST_CASE_METHOD(people, "one sees and revokes one's own tokens, an admin everybody's", "[accounts]")
{
    const auto bobs = token("bob", user_role::viewer, "bobs");
    const auto carols = token("carol", user_role::viewer, "carols");
    const identity bob = who(session("bob"));
    const identity alice = who(session("alice"));

    CHECK(accounts.tokens_for(bob).size() == 1);
    CHECK(accounts.tokens_for(alice).size() == 2);
    CHECK(run(accounts.revoke_token(bob, carols.token.id)).error().code() == errc::not_found);
    CHECK(run(accounts.revoke_token(bob, bobs.token.id)).has_value());
    CHECK(run(accounts.revoke_token(alice, carols.token.id)).has_value());
    CHECK(accounts.by_token(bobs.text, "").error().code() == errc::denied);
    CHECK(accounts.tokens_for(alice).empty());
}

TEST_CASE_METHOD(people, "tokens outlive the controller, as hashes that only it may read", "[accounts]")
{
    const auto made = token("bob", user_role::operate);
    accounts.by_token(made.text, "").value();
    run(accounts.stop()); // the last use is written
    const auto written = folder.path / "fleetman-state/tokens.json";
    CHECK(std::filesystem::status(written).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(file("fleetman-state/tokens.json").find(made.text.reveal().substr(4)) == std::string::npos);

    control::token_store again(testing::event_loop().get_executor(), app.state, pool, time);
    again.load().value();
    const auto kept = again.all();
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].last_used == made.token.created);
    CHECK(again.use(made.text).value().owner == "bob");
}

TEST_CASE_METHOD(people, "a list of tokens that cannot be read is an error, not an empty list", "[accounts]")
{
    for (const char* broken : {"", "{}", "[1]", R"({"tokens":[{"id":"x"}]})",
             R"({"tokens":[{"id":"x","name":"n","owner":"o","role":"root","sha256":"","created":1,"expires":2}]})"}) {
        std::ofstream(folder.path / "fleetman-state/tokens.json") << broken;
        const auto refused = accounts.load();
        REQUIRE(refused.has_error());
        CHECK(refused.error().message().find("tokens.json") != std::string::npos);
    }
}

TEST_CASE_METHOD(people, "tokens that have long expired make room", "[accounts]")
{
    token("alice", user_role::viewer, "old");
    time.time += 24h + control::token_store::kept_expired;
    token("alice", user_role::viewer, "new");
    const auto left = accounts.tokens_for(who(session("alice")));
    REQUIRE(left.size() == 1);
    CHECK(left[0].name == "new");
}
