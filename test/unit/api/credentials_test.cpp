#include "../../../lib/api/client_address.hpp"
#include "../../../lib/api/credentials.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace fleetman;

namespace {

const std::string id(64, 'a');

std::string session(const std::string& cookies)
{
    const auto found = api::session_from(cookies, "fleetman");
    return found ? found->reveal() : "none";
}

std::string bearer(const std::string& authorization)
{
    const auto found = api::bearer_from(authorization);
    if (!found)
        return "refused";
    return *found ? (*found)->reveal() : "none";
}

std::string address(const std::string& peer, std::initializer_list<std::pair<const char*, const char*>> fields)
{
    http::request request;
    request.peer = peer;
    for (const auto& [name, value] : fields)
        request.fields.insert(name, value);
    const auto found = api::client_of(request, {"127.0.0.1", "192.0.2.10", "2001:db8::1"});
    return found.address + (found.https ? " https" : "");
}

} // namespace

TEST_CASE("a session is the only cookie of its name, whatever is around it", "[credentials]")
{
    CHECK(session("fleetman=" + id) == id);
    CHECK(session("a=b; fleetman=" + id + "; c=d") == id);
    CHECK(session("a=b;fleetman=" + id + ";") == id);
    CHECK(session(" \t; ;;=;x; fleetman=" + id) == id);
    CHECK(session("xfleetman=" + id + "; fleetman2=" + id + "; Fleetman=" + id) == "none");
    CHECK(session("fleetman=" + id + "; fleetman=" + std::string(64, 'b')) == "none");
    CHECK(session("fleetman=; fleetman=" + id) == "none");
    std::string many;
    for (int i = 0; i < 5000; ++i)
        many += "c" + std::to_string(i) + "=x; ";
    CHECK(session(many + "fleetman=" + id) == id);
}

TEST_CASE("what is no session's id is none", "[credentials]")
{
    for (const std::string& bad : {std::string(), std::string("="), std::string("fleetman"), std::string("fleetman="),
             "fleetman=" + id + "a", "fleetman=" + id.substr(1), "fleetman=\"" + id + '"',
             "fleetman=" + std::string(64, 'A'), "fleetman=" + std::string(63, 'a') + "\xc3",
             "fleetman=" + std::string(64, '\0'), "fleetman=" + std::string(30'000, 'a')})
        CHECK(session(bad) == "none");
}

TEST_CASE("a token follows the word Bearer; other schemes are not for us", "[credentials]")
{
    CHECK(bearer("Bearer fmt_0") == "fmt_0");
    CHECK(bearer("bEARER   fmt_0 ") == "fmt_0");
    CHECK(bearer("") == "none");
    CHECK(bearer("Basic YWxpY2U6aHVzaA==") == "none");
    CHECK(bearer("Bearerfmt_0") == "none");
    for (const std::string& bad :
        {std::string("Bearer"), std::string("Bearer "), std::string("Bearer a b"), std::string("Bearer a,b"),
            std::string("Bearer \xc3\xa9"), "Bearer " + std::string(257, 'a'), std::string("Bearer a\0b", 10)})
        CHECK(bearer(bad) == "refused");
}

TEST_CASE("a client is its connection's peer, whatever it says of itself", "[credentials]")
{
    CHECK(address("198.51.100.1:5000", {}) == "198.51.100.1");
    CHECK(address("[2001:db8::2]:5000", {}) == "2001:db8::2");
    CHECK(address("[::ffff:198.51.100.1]:5000", {}) == "198.51.100.1");
    CHECK(address("198.51.100.1:5000", {{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-Proto", "https"}}) ==
          "198.51.100.1");
    CHECK(address("", {}) == "");
    CHECK(address("unix:/run/x", {}) == "unix:/run/x");
}

TEST_CASE("behind a trusted proxy a client is the last one that no trusted proxy has added", "[credentials]")
{
    CHECK(address("127.0.0.1:1", {{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-Proto", "https"}}) ==
          "203.0.113.9 https");
    CHECK(address("127.0.0.1:1", {{"X-Forwarded-For", "10.0.0.1, 203.0.113.9, 192.0.2.10"}}) == "203.0.113.9");
    CHECK(address("[::ffff:127.0.0.1]:1", {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "203.0.113.9"}}) ==
          "203.0.113.9");
    CHECK(address("127.0.0.1:1", {{"X-Forwarded-For", "203.0.113.9, nonsense"}}) == "127.0.0.1");
    CHECK(address("127.0.0.1:1", {{"X-Forwarded-For", ""}}) == "127.0.0.1");
    CHECK(address("127.0.0.1:1", {{"X-Forwarded-Proto", "https, http"}}) == "127.0.0.1");
    CHECK(address("127.0.0.1:1", {{"X-Forwarded-For", "127.0.0.1, 192.0.2.10"}}) == "127.0.0.1");
}
