#include <fleetman/net/endpoint.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::net;

TEST_CASE("an endpoint is read into scheme, host and port, and written back as a Host header", "[net]")
{
    struct row
    {
        const char* url;
        endpoint parsed;
        const char* host;
        const char* canonical;
    };
    const auto given = GENERATE(values<row>({
        {"https://s3.example.net", {true, {"s3.example.net", 443}}, "s3.example.net", "https://s3.example.net"},
        {"https://S3.Example.Net/", {true, {"s3.example.net", 443}}, "s3.example.net", "https://s3.example.net"},
        {"HTTP://127.0.0.1", {false, {"127.0.0.1", 80}}, "127.0.0.1", "http://127.0.0.1"},
        {"http://minio_1:9000", {false, {"minio_1", 9000}}, "minio_1:9000", "http://minio_1:9000"},
        {"https://host:443", {true, {"host", 443}}, "host", "https://host"},
        {"http://host:443", {false, {"host", 443}}, "host:443", "http://host:443"},
        {"http://[::1]:9000", {false, {"::1", 9000}}, "[::1]:9000", "http://[::1]:9000"},
        {"https://[2001:db8::1]", {true, {"2001:db8::1", 443}}, "[2001:db8::1]", "https://[2001:db8::1]"},
    }));
    INFO(given.url);
    const result<endpoint> parsed = parse_endpoint(given.url);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == given.parsed);
    CHECK(parsed->host_header() == given.host);
    CHECK(parsed->url() == given.canonical);
}

TEST_CASE("what is not scheme, host and port is refused as an endpoint", "[net]")
{
    const auto given = GENERATE(values<std::string>({"", "http", "https:", "://x", "s3.example.net", "ftp://host",
        "http://", "https:///", "http://host/path", "http://host?x", "http://host#x", "http://user@host",
        "http://user:pw@host", "http://host:", "http://host:0", "http://host:65536", "http://host:+80",
        "http://host:80x", "http://[::1", "http://[]", "http://[1.2.3.4]", "http://::1", "http://[::1]x",
        "http://ho st", "http://host\r\nx", "http://host\\x"}));
    INFO(given);
    const result<endpoint> parsed = parse_endpoint(given);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().code() == errc::invalid);
}

TEST_CASE("an address to listen on needs its port, which may be 0", "[net]")
{
    CHECK(parse_listen_address("127.0.0.1:9000").value() == address{"127.0.0.1", 9000});
    CHECK(parse_listen_address("[::1]:0").value() == address{"::1", 0});
    CHECK(parse_listen_address("0.0.0.0:3000").value() == address{"0.0.0.0", 3000});
    CHECK(parse_listen_address("127.0.0.1").has_error());
    CHECK(parse_listen_address("").has_error());
    CHECK(parse_listen_address(":9000").has_error());
    CHECK(parse_listen_address("::1:9000").has_error());
    CHECK(parse_listen_address("127.0.0.1:99999").has_error());
}
