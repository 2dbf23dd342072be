#include "port.hpp"

#include <fleetman/api/access.hpp>
#include <fleetman/core/bcrypt.hpp>

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include <optional>

using namespace fleetman;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using testing::answer;
using testing::follower;
using testing::port;
using testing::request_fields;

namespace {

std::string configuration()
{
    static const std::string hash = bcrypt::hash(secret("correct horse"), 4).value().reveal();
    return "web_console:\n  trusted_proxies: [192.0.2.10]\n  auth:\n    mode: form\n    users: ['alice:" + hash +
           "', 'bob:" + hash + ":operator', 'carol:" + hash + ":viewer', 'zoë:" + hash + "']\n" +
           "buckets: {}\nmanifests: {}\n";
}

struct guarded : port
{
    guarded() : port(configuration()) {}

    answer log_in(
        const std::string& user, const std::string& password = "correct horse", const request_fields& fields = {})
    {
        return call(verb::post, "/api/v1/session",
            boost::json::serialize(boost::json::object{{"user", user}, {"password", password}}), fields);
    }
    // What a page has after logging in.
    request_fields page_of(const std::string& user)
    {
        const answer given = log_in(user);
        REQUIRE(given.code == status::created);
        const std::string cookie = given.field("Set-Cookie");
        return {{"Cookie", cookie.substr(0, cookie.find(';'))},
            {"X-CSRF-Token", std::string(given.body().at("csrf_token").as_string())}};
    }
    request_fields token_of(const std::string& user, const std::string& role, const std::string& name)
    {
        const answer made =
            call(verb::post, "/api/v1/tokens", R"({"name":")" + name + R"(","role":")" + role + R"("})", page_of(user));
        REQUIRE(made.code == status::created);
        return {{"Authorization", "Bearer " + std::string(made.body().at("token").as_string())}};
    }
    status create_profile(const request_fields& fields)
    {
        return call(verb::post, "/api/v1/resource-profiles", R"({"name":"small"})", fields).code;
    }
    std::string user_of(const request_fields& fields)
    {
        const boost::json::value user = get("/session", fields).body().at("user");
        return user.is_null() ? "nobody" : std::string(user.as_string());
    }
};

// A path that the pattern matches, and nothing is at.
std::string sample_path(std::string pattern)
{
    for (std::size_t open = pattern.find('{'); open != std::string::npos; open = pattern.find('{'))
        pattern.replace(open, pattern.find('}') - open + 1, "v9.9.9");
    return pattern;
}

} // namespace

TEST_CASE_METHOD(guarded, "the role decides which routes answer, for sessions and tokens alike", "[login]")
{
    using api::access;
    const std::vector<std::pair<request_fields, std::optional<config::user_role>>> callers{
        {{}, std::nullopt},
        {page_of("carol"), config::user_role::viewer},
        {page_of("bob"), config::user_role::operate},
        {page_of("alice"), config::user_role::admin},
        {token_of("alice", "viewer", "v"), config::user_role::viewer},
        {token_of("alice", "operator", "o"), config::user_role::operate},
        {token_of("alice", "admin", "a"), config::user_role::admin},
    };
    for (const auto& route : application.routes().routes()) {
        const access least = api::least_for(*route);
        if (route->pattern == "/api/v1/session" && route->method == verb::delete_)
            continue; // ends the session; see below
        for (const auto& [fields, role] : callers) {
            const status code = call(route->method, sample_path(route->pattern), "{}", fields).code;
            CAPTURE(to_string(route->method), route->pattern, code, role ? config::to_string(*role) : "nobody");
            if (least == access::open)
                CHECK((code != status::unauthorized && code != status::forbidden));
            else if (!role)
                CHECK(code == status::unauthorized);
            else
                CHECK((code == status::forbidden) != api::may(*role, least));
        }
    }
}

TEST_CASE_METHOD(guarded, "who has logged in is told who they are, and is somebody until they log out", "[login]")
{
    CHECK(get("/session").body() ==
          boost::json::parse(R"({"login":"form","user":null,"role":null,"csrf_token":null,"ends_at":null})"));
    const request_fields page = page_of("bob");
    const boost::json::value me = get("/session", page).body();
    CHECK(me.at("user") == "bob");
    CHECK(me.at("role") == "operator");
    CHECK(me.at("csrf_token").as_string() == page.at("X-CSRF-Token"));
    CHECK(me.at("ends_at") == "2026-01-05T22:00:00.000Z");

    const answer out = remove("/session", page);
    CHECK(out.code == status::no_content);
    CHECK(out.field("Set-Cookie").find("fleetman=; Path=/;") == 0);
    CHECK(out.field("Set-Cookie").find("Max-Age=0") != std::string::npos);
    CHECK(get("/agents", page).code == status::unauthorized);
}

TEST_CASE_METHOD(
    guarded, "the session's cookie is out of reach of scripts, other sites and, over HTTPS, of wires", "[login]")
{
    const std::string plain = log_in("alice").field("Set-Cookie");
    CHECK(plain.starts_with("fleetman="));
    CHECK(plain.substr(plain.find(';')) == "; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200");
    // Nobody but a trusted proxy is believed about HTTPS.
    CHECK(log_in("alice", "correct horse", {{"X-Forwarded-Proto", "https"}})
            .field("Set-Cookie")
            .starts_with("fleetman="));

    peer = "192.0.2.10:40000";
    const std::string secure = log_in("alice", "correct horse", {{"X-Forwarded-Proto", "https"}}).field("Set-Cookie");
    CHECK(secure.starts_with("__Host-fleetman="));
    CHECK(secure.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure"));
    const std::string cookie = secure.substr(0, secure.find(';'));
    CHECK(user_of({{"Cookie", cookie}, {"X-Forwarded-Proto", "https"}}) == "alice");
    CHECK(user_of({{"Cookie", cookie}}) == "nobody");
}

TEST_CASE_METHOD(guarded, "logging in again begins another session, and ends the one before", "[login]")
{
    const request_fields first = page_of("alice");
    const answer again = log_in("bob", "correct horse", first);
    CHECK(again.code == status::created);
    CHECK(user_of(first) == "nobody");
}

TEST_CASE_METHOD(guarded, "a page changes nothing without its token, nor for another site", "[login]")
{
    const request_fields page = page_of("alice");
    request_fields without = page;
    without.erase("X-CSRF-Token");
    CHECK(create_profile(without) == status::forbidden);
    for (const std::string& wrong : {std::string(), std::string("x"), page_of("alice").at("X-CSRF-Token")}) {
        request_fields forged = page;
        forged["X-CSRF-Token"] = wrong;
        CHECK(create_profile(forged) == status::forbidden);
    }
    request_fields elsewhere = page;
    elsewhere["Origin"] = "https://evil.example";
    CHECK(create_profile(elsewhere) == status::forbidden);
    CHECK(app.names.config().resource_profiles.empty());

    CHECK(get("/agents", without).code == status::ok); // reading takes no token
    CHECK(create_profile(page) == status::created);
    CHECK(log_in("alice", "correct horse", {{"Origin", "https://evil.example"}}).code == status::forbidden);
}

TEST_CASE_METHOD(guarded, "an API token needs neither a cookie nor a page's token", "[login]")
{
    const request_fields token = token_of("alice", "admin", "ci");
    CHECK(user_of(token) == "token:ci");
    CHECK(create_profile(token) == status::created);
    CHECK(get("/tokens", token).text.find("fmt_") == std::string::npos); // shown once
    // It is not a session.
    CHECK(remove("/session", token).code == status::conflict);
    CHECK(call(verb::post, "/api/v1/session/password", R"({"password":"x","new_password":"y"})", token).code ==
          status::conflict);
    CHECK(call(verb::post, "/api/v1/tokens", R"({"name":"more","role":"viewer"})", token).code == status::forbidden);
}

TEST_CASE_METHOD(guarded, "a bad token is refused as such, even beside a good session", "[login]")
{
    request_fields both = page_of("alice");
    both["Authorization"] = "Bearer fmt_" + std::string(64, '0');
    const answer refused = get("/agents", both);
    CHECK(refused.code == status::unauthorized);
    CHECK(refused.field("WWW-Authenticate") == R"(Bearer realm="fleetman", error="invalid_token")");
    CHECK(refused.detail() == "this token is not known here");
    CHECK(get("/agents").field("WWW-Authenticate") == R"(Bearer realm="fleetman")");
    both["Authorization"] = "Basic YWxpY2U6aHVzaA=="; // of some proxy
    CHECK(get("/agents", both).code == status::ok);
    CHECK(get("/agents", {{"Authorization", "Bearer \x01"}}).code == status::unauthorized);
}

TEST_CASE_METHOD(guarded, "of two tokens neither is taken; a cookie field in two parts is one", "[login]")
{
    const request_fields page = page_of("alice");
    const request_fields token = token_of("alice", "admin", "ci");
    const auto agents = [this](std::initializer_list<std::pair<const char*, std::string>> fields) {
        http::request request = request_for(verb::get, "/api/v1/agents", {});
        for (const auto& [name, value] : fields)
            request.fields.insert(name, value);
        string_source none("");
        request.body = &none;
        return testing::run(application.serve(request)).code;
    };
    CHECK(agents({{"Authorization", token.at("Authorization")}}) == status::ok);
    CHECK(agents({{"Authorization", token.at("Authorization")}, {"Authorization", token.at("Authorization")}}) ==
          status::unauthorized);
    CHECK(agents({{"Cookie", "a=b"}, {"Cookie", page.at("Cookie")}}) == status::ok);
    CHECK(agents({{"Cookie", page.at("Cookie")}, {"Cookie", page.at("Cookie")}}) == status::unauthorized);
}

TEST_CASE_METHOD(guarded, "what is wrong with a token to be made is said field by field", "[login]")
{
    const request_fields page = page_of("alice");
    const auto refused = [&](const std::string& body) {
        const answer given = call(verb::post, "/api/v1/tokens", body, page);
        CHECK(given.code == status::unprocessable_entity);
        std::string fields;
        const boost::json::value problem = given.body();
        for (const auto& one : problem.at("errors").as_array())
            fields += std::string(one.at("field").as_string()) + ' ';
        return fields;
    };
    CHECK(refused("{}") == "name role ");
    CHECK(refused(R"({"name":"a b","role":"root","expires_in_days":0})") == "name role expires_in_days ");
    CHECK(refused(R"({"name":"a","role":"viewer","expires_in_days":367})") == "expires_in_days ");
    const answer made = call(verb::post, "/api/v1/tokens", R"({"name":"a","role":"viewer","expires_in_days":1})", page);
    CHECK(made.body().at("expires_at") == "2026-01-06T10:00:00.000Z");
    CHECK(remove("/tokens/" + std::string(made.body().at("id").as_string()), page).code == status::no_content);
    CHECK(remove("/tokens/none", page).code == status::not_found);
}

TEST_CASE_METHOD(guarded, "guessing is told to wait, and for how long", "[login]")
{
    for (int i = 0; i < 5; ++i)
        CHECK(log_in("alice", "guess").code == status::unauthorized);
    CHECK(log_in("nobody", "guess").code == status::too_many_requests);
    const answer early = log_in("alice");
    CHECK(early.code == status::too_many_requests);
    CHECK(early.field("Retry-After") == "1");
    time.steady += 1s;
    CHECK(log_in("alice").code == status::created);
}

TEST_CASE_METHOD(guarded, "the audit log has each password that was looked at, and whose token did what", "[login]")
{
    app.keep_state().value();
    const request_fields token = token_of("alice", "admin", "ci");
    CHECK(create_profile(token) == status::created);
    CHECK(create_profile({}) == status::unauthorized); // nobody we know: nothing was changed
    for (int i = 0; i < 10; ++i)
        log_in("hunter2", "guess");

    std::vector<std::string> lines;
    const boost::json::value log = get("/audit", token).body();
    for (const auto& one : log.at("items").as_array())
        lines.push_back(std::string(one.at("who").as_string()) + ' ' + std::string(one.at("from").as_string()) + ' ' +
                        std::string(one.at("what").as_string()) + ' ' + std::to_string(one.at("status").as_int64()));
    const std::string from = " 198.51.100.1 ";
    std::vector<std::string> expected(5, "(unknown)" + from + "POST /api/v1/session 401"); // the rest came too early
    expected.push_back("token:ci" + from + "POST /api/v1/resource-profiles 201");
    expected.push_back("alice" + from + "POST /api/v1/tokens 201");
    expected.push_back("alice" + from + "POST /api/v1/session 201");
    CHECK(lines == expected);
}

TEST_CASE_METHOD(guarded, "who may no longer read hears no more events", "[login][events]")
{
    const request_fields page = page_of("alice");
    const request_fields other_page = page_of("alice");
    const request_fields token = token_of("bob", "viewer", "ci");
    const std::string id(get("/tokens", page).body().at("items").at(0).at("id").as_string());
    follower by_page(*this, "", page);
    follower by_other(*this, "", other_page);
    follower by_token(*this, "", token);
    const auto publish = [this] { app.events.publish(control::subject::agent, "node01"); };
    publish();
    for (follower* const each : {&by_page, &by_other, &by_token})
        CHECK(each->next().find("agent-removed") != std::string::npos);

    SECTION("a session ends by logging out, and no other with it")
    {
        REQUIRE(call(verb::delete_, "/api/v1/session", "", page).code == status::no_content);
        publish();
        CHECK(by_page.next().empty());
        CHECK(by_other.next().find("agent-removed") != std::string::npos);
    }
    SECTION("a session ends unused, and following the events is no use")
    {
        time.steady += 29min;
        publish();
        CHECK_FALSE(by_page.next().empty());
        time.steady += 1min;
        publish();
        CHECK(by_page.next().empty());
        CHECK_FALSE(by_token.next().empty());
    }
    SECTION("a token is revoked")
    {
        REQUIRE(remove("/tokens/" + id, page).code == status::no_content);
        publish();
        CHECK(by_token.next().empty());
        CHECK_FALSE(by_page.next().empty());
    }
    SECTION("a token expires")
    {
        time.time += 91 * 24h;
        publish();
        CHECK(by_token.next().empty());
    }
    SECTION("a password is changed")
    {
        REQUIRE(call(verb::post, "/api/v1/session/password",
                    R"({"password":"correct horse","new_password":"battery staple"})", page)
                    .code == status::ok);
        publish();
        CHECK(by_page.next().empty());
        CHECK(by_other.next().empty());
    }
}

TEST_CASE_METHOD(guarded, "a stream that waits ends as soon as its session does", "[login][events]")
{
    const request_fields page = page_of("carol");
    follower events(*this, "", page);
    std::optional<std::string> told;
    boost::asio::co_spawn(testing::event_loop(), events.source->read(1000),
        [&told](const std::exception_ptr&, result<std::string> piece) { told = piece ? *piece : "failed"; });
    REQUIRE(call(verb::delete_, "/api/v1/session", "", page).code == status::no_content);
    for (int tries = 0; !told && tries < 1000; ++tries)
        get("/session");
    CHECK(told == "");
}

TEST_CASE_METHOD(guarded, "names are any text, and odd ones are just unknown", "[login]")
{
    CHECK(user_of(page_of("zoë")) == "zoë");
    CHECK(log_in("Zoë").field("WWW-Authenticate") == R"(Bearer realm="fleetman")");
    CHECK(log_in("alice\n").code == status::unauthorized);
    CHECK(log_in(std::string(129, 'a')).code == status::unprocessable_entity);
    CHECK(log_in("alice", std::string(73, 'a')).code == status::unprocessable_entity);
    CHECK(log_in("", "").code == status::unprocessable_entity);
    CHECK(call(verb::post, "/api/v1/session", "user=alice").code == status::unprocessable_entity);
}

TEST_CASE_METHOD(guarded, "one changes one's own password, and the page goes on with a new session", "[login]")
{
    const request_fields page = page_of("bob");
    const auto change = [&](const std::string& now, const std::string& next) {
        return call(verb::post, "/api/v1/session/password",
            R"({"password":")" + now + R"(","new_password":")" + next + R"("})", page);
    };
    CHECK(change("wrong", "battery staple").code == status::forbidden);
    CHECK(change("correct horse", "short").body().at("errors").at(0).at("field") == "new_password");
    const answer changed = change("correct horse", "battery staple");
    CHECK(changed.code == status::ok);
    const std::string cookie = changed.field("Set-Cookie");
    CHECK(user_of({{"Cookie", cookie.substr(0, cookie.find(';'))}}) == "bob");
    CHECK(user_of(page) == "nobody");
    CHECK(log_in("bob").code == status::unauthorized);
}

TEST_CASE_METHOD(guarded, "whoever is not logged in learns that a bucket is missing, not which", "[login]")
{
    REQUIRE(
        call(verb::post, "/api/v1/buckets", R"({"name":"main","bucket_name":"fleet","endpoint":"http://127.0.0.1:9000",
        "access_key":"AKIAEXAMPLE","secret_key":"top-secret","prefix":"prod"})",
            page_of("alice"))
            .code == status::created);
    store().before = [](const std::string&, const std::string&) {
        return result<void>(error(errc::unavailable, "connection refused"));
    };
    testing::run(app.fleet.refresh());
    CHECK(call(verb::get, "/readyz").body().at("problems").as_array().empty());
    CHECK(call(verb::get, "/readyz", "", page_of("carol")).body().at("problems").at(0).at("bucket") == "main");
    store().before = nullptr;
}

TEST_CASE_METHOD(guarded, "with a login the controller answers to any name", "[login]")
{
    CHECK(get("/session", {{"Host", "fleet.example.net"}}).code == status::ok);
}

TEST_CASE_METHOD(port, "without a login everybody is local, and there is nothing to log in to", "[login]")
{
    CHECK(get("/session").body() ==
          boost::json::parse(R"({"login":"none","user":"local","role":"admin","csrf_token":null,"ends_at":null})"));
    CHECK(post("/session", R"({"user":"alice","password":"x"})").code == status::conflict);
    CHECK(post("/tokens", R"({"name":"ci","role":"viewer"})").code == status::conflict);
    CHECK(remove("/session").code == status::conflict);
    CHECK(get("/agents", {{"Authorization", "Bearer nonsense"}}).code == status::ok);
}
