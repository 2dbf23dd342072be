#include <fleetman/model/manifest.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::model;
using namespace std::chrono_literals;

namespace {

result<manifest> with_health(const std::string& checks)
{
    return parse_manifest(
        boost::json::parse(R"({"files":[],"profile":"deploy","bucket":"b","health":)" + checks + "}"));
}

std::string fault(const std::string& check)
{
    const auto read = with_health('[' + check + ']');
    if (read)
        return "nothing";
    return read.error().fields().at(0).field + ": " + read.error().fields().at(0).message;
}

} // namespace

TEST_CASE("health checks of all three kinds are read, and written as they were", "[manifest]")
{
    const manifest read = with_health(R"([
        {"type":"http","url":"https://localhost:8443/health?full","status":204,"body_contains":"ok","successes":3},
        {"type":"tcp","address":"[::1]:5432","interval_ms":250,"timeout_ms":500,"deadline_ms":9000},
        {"type":"exec","command":["./check.sh","--fast"]}])")
                              .value();
    REQUIRE(read.health.size() == 3);
    CHECK(read.health[0].probe ==
          decltype(health_check::probe)(http_check{"https://localhost:8443/health?full", 204, "ok"}));
    CHECK(read.health[0].successes == 3);
    CHECK(read.health[0].interval == 1s);
    CHECK(read.health[0].timeout == 5s);
    CHECK(read.health[0].deadline == 60s);
    CHECK(read.health[1].interval == 250ms);
    CHECK(read.health[1].timeout == 500ms);
    CHECK(read.health[1].deadline == 9s);
    CHECK(read.health[2].str() == "exec ./check.sh --fast");
    CHECK(parse_manifest(boost::json::parse(boost::json::serialize(to_json(read)))).value() == read);
}

TEST_CASE("a manifest without checks says nothing of them", "[manifest]")
{
    CHECK_FALSE(to_json(with_health("[]").value()).contains("health"));
    CHECK(with_health("null").value().health.empty());
}

TEST_CASE("what a check cannot be is refused under its path", "[manifest]")
{
    CHECK(fault("1").starts_with("health[0]: "));
    CHECK(fault("{}") == "health[0].type: is missing");
    CHECK(fault(R"({"type":"icmp"})") == "health[0].type: must be http, tcp or exec; found \"icmp\"");
    CHECK(fault(R"({"type":"http"})") == "health[0].url: is missing");
    CHECK(fault(R"({"type":"http","url":"http://h/\r\nX: y"})") ==
          "health[0].url: must be text without control characters");
    CHECK(fault(R"({"type":"http","url":"http://h","status":99})").starts_with("health[0].status: "));
    CHECK(fault(R"({"type":"tcp","address":"db"})").starts_with("health[0].address: must be HOST:PORT"));
    CHECK(fault(R"({"type":"exec","command":[]})").starts_with("health[0].command: "));
    CHECK(fault(R"({"type":"exec","command":["A=b"]})").starts_with("health[0].command: must begin with a program"));
    CHECK(fault(R"({"type":"exec","command":["a\u0000"]})").starts_with("health[0].command: "));
    CHECK(fault(R"({"type":"tcp","address":"h:1","interval_ms":5})").starts_with("health[0].interval_ms: "));
    CHECK(fault(R"({"type":"tcp","address":"h:1","deadline_ms":900001})").starts_with("health[0].deadline_ms: "));
    CHECK(fault(R"({"type":"tcp","address":"h:1","successes":0})").starts_with("health[0].successes: "));
    CHECK(fault(R"({"type":"tcp","address":"h:1","successes":11,"deadline_ms":9000})") ==
          "health[0].deadline_ms: leaves no time for 11 successes");
    std::string many = "[";
    for (std::size_t i = 0; i <= most_health_checks; ++i)
        many.append(i == 0 ? "" : ",").append(R"({"type":"tcp","address":"h:1"})");
    CHECK(with_health(many + "]").error().fields().at(0).message == "must have at most 16 checks");
}

TEST_CASE("a check's URL has a host, and a port of its scheme unless it names one", "[manifest]")
{
    const auto target = [](std::string_view url) {
        const check_target made = parse_check_url(url).value();
        return std::string(made.tls ? "tls " : "") + made.host + ' ' + std::to_string(made.port) + ' ' + made.path;
    };
    CHECK(target("http://127.0.0.1:8080/health") == "127.0.0.1 8080 /health");
    CHECK(target("HTTPS://h") == "tls h 443 /");
    CHECK(target("http://[::1]?x") == "::1 80 /?x");
    for (const char* odd : {"", "h", "http://", "ftp://h/", "http://u@h/", "http://h:0/", "http://h:65536/",
             "http://h/#a", "http://h/a b", "http://[::1/", "http://[h]/", "http:///x", "http://h:/", "http://::1/"})
        CHECK(parse_check_url(odd).has_error());
    for (const char* odd : {"", ":1", "h", "h:", "h:0", "h:1:2", "[::1]", "::1:80", "h/x:1"})
        CHECK(parse_check_address(odd).has_error());
}
