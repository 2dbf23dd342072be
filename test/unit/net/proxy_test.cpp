#include "loopback.hpp"

#include <fleetman/core/task_group.hpp>
#include <fleetman/net/proxy.hpp>
#include <fleetman/testing/run.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;

namespace {

// A proxy and the server behind it in one: hears CONNECT, answers, and goes on as the server that was asked for.
task<void> let_through(
    tcp::acceptor acceptor, certificate_authority::identity as, std::string answer, std::string& heard)
{
    namespace ssl = asio::ssl;
    constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
    ssl::context context(ssl::context::tls_server);
    context.use_certificate_chain(asio::buffer(as.certificate));
    context.use_private_key(asio::buffer(as.key), ssl::context::pem);
    auto [refused, socket] = co_await acceptor.async_accept(quietly);
    co_await asio::async_read_until(socket, asio::dynamic_buffer(heard), "\r\n\r\n", quietly);
    co_await asio::async_write(socket, asio::buffer(answer), quietly);
    ssl::stream<tcp::socket> session(std::move(socket), context);
    auto [distrusted] = co_await session.async_handshake(ssl::stream_base::server, quietly);
    if (distrusted)
        co_return;
    co_await asio::async_write(session, asio::buffer(std::string_view("hello")), quietly);
    co_await session.async_shutdown(quietly);
}

struct visit
{
    result<std::string> got = std::string();
    std::string heard;
};

task<visit> go_through(std::string answer)
{
    const auto executor = co_await asio::this_coro::executor;
    const certificate_authority authority;
    const scratch_file pem(authority.certificate());
    const auto trust = net::tls_trust::from_file(pem.path()).value();
    tcp::acceptor acceptor = listening(executor);
    const net::proxy by{address_of(acceptor), secret("Basic dTpw")};
    visit made;
    task_group server(executor, "proxy");
    server.spawn(let_through(std::move(acceptor), authority.issue("DNS:store.test"), std::move(answer), made.heard));
    auto connected = co_await net::connect_tls_through(by, {"store.test", 443}, trust, 5s);
    if (connected)
        made.got = co_await read_to_end(**connected);
    else
        made.got = connected.error();
    if (connected)
        (*connected)->close();
    co_await server.drain(1s);
    co_return made;
}

} // namespace

TEST_CASE("TLS passes through a proxy to the host that is meant", "[net]")
{
    const visit made = run(go_through("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"));
    CHECK(made.got.value() == "hello");
    CHECK(made.heard ==
          "CONNECT store.test:443 HTTP/1.1\r\nHost: store.test:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n");
}

TEST_CASE("a proxy that does not let us through is told as that", "[net]")
{
    struct row
    {
        std::string answer;
        errc kind;
        std::string said;
    };
    const auto one = GENERATE(values<row>({
        {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", errc::denied, "it does not let us through: HTTP 407"},
        {"HTTP/1.1 502 Bad Gateway\r\n\r\n", errc::unavailable, "it does not let us through: HTTP 502"},
        {"SSH-2.0-OpenSSH\r\n\r\n", errc::unavailable, "it does not speak HTTP"},
    }));
    const visit made = run(go_through(one.answer));
    REQUIRE(made.got.has_error());
    CHECK(made.got.error().code() == one.kind);
    CHECK_THAT(made.got.error().message(), Catch::StartsWith("proxy 127.0.0.1:") && Catch::EndsWith(one.said));
}

TEST_CASE("a proxy's URL is read, its password too, and never shown", "[net]")
{
    const net::proxy full = net::parse_proxy("http://us%20er:p%40ss@proxy.test:3128/").value();
    CHECK(full.at == net::address{"proxy.test", 3128});
    CHECK(full.authorization.reveal() == "Basic dXMgZXI6cEBzcw==");
    CHECK(net::parse_proxy("proxy.test:3128").value().at == net::address{"proxy.test", 3128});
    CHECK(net::parse_proxy("http://[::1]:8080").value().at == net::address{"::1", 8080});
    for (const char* wrong : {"socks5://u:hush@p:1", "http://u:hush@", "http://u:hush@a b:1", "https://u:hush@p:1"}) {
        INFO(wrong);
        const auto parsed = net::parse_proxy(wrong);
        REQUIRE(parsed.has_error());
        CHECK(parsed.error().code() == errc::invalid);
        CHECK(parsed.error().message().find("hush") == std::string::npos);
    }
}

TEST_CASE("NO_PROXY excepts hosts, domains, addresses and ports", "[net]")
{
    const net::address store{"s3.example.net", 9000};
    for (const char* named :
        {"*", "s3.example.net", "example.net", ".example.net", "a, EXAMPLE.net ,b", "example.net:9000"})
        CHECK(net::is_excepted(named, store));
    for (const char* other : {"", ",", "ample.net", "s3", "example.net:443", "x.s3.example.net"})
        CHECK_FALSE(net::is_excepted(other, store));
    CHECK(net::is_excepted("::1,127.0.0.1", {"::1", 443}));

    const auto secure = net::parse_endpoint("https://s3.example.net").value();
    const auto plain = net::parse_endpoint("http://s3.example.net").value();
    CHECK(net::proxy_for(secure, "http://p:1", "").value().has_value());
    CHECK_FALSE(net::proxy_for(plain, "http://p:1", "").value().has_value());
    CHECK_FALSE(net::proxy_for(secure, "http://p:1", "example.net").value().has_value());
    CHECK_FALSE(net::proxy_for(secure, " ", "").value().has_value());
    CHECK(net::proxy_for(secure, "ftp://p:1", "").has_error());
}
