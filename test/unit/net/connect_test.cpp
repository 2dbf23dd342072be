#include "../../../lib/net/addresses.hpp"
#include "loopback.hpp"

#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;

namespace {

using stream = std::unique_ptr<net::byte_stream>;

// Greets whoever trusts its certificate.
task<void> greet_over_tls(tcp::acceptor acceptor, certificate_authority::identity as)
{
    namespace ssl = asio::ssl;
    ssl::context context(ssl::context::tls_server);
    context.use_certificate_chain(asio::buffer(as.certificate));
    context.use_private_key(asio::buffer(as.key), ssl::context::pem);
    constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
    auto [refused, socket] = co_await acceptor.async_accept(quietly);
    ssl::stream<tcp::socket> session(std::move(socket), context);
    auto [distrusted] = co_await session.async_handshake(ssl::stream_base::server, quietly);
    if (distrusted)
        co_return;
    const std::string name = SSL_get_servername(session.native_handle(), TLSEXT_NAMETYPE_host_name) != nullptr
                                 ? SSL_get_servername(session.native_handle(), TLSEXT_NAMETYPE_host_name)
                                 : "an address";
    co_await asio::async_write(session, asio::buffer("hello " + name), quietly);
    co_await session.async_shutdown(quietly);
}

struct tls_story
{
    std::string subject_alternative;
    long valid_for_seconds;
    std::string trust; // PEM
    std::string host;
};

// What a client hears, or why it did not connect.
task<result<std::string>> visit(const certificate_authority& authority, tls_story told)
{
    const auto executor = co_await asio::this_coro::executor;
    const scratch_file pem(told.trust);
    const auto trust = net::tls_trust::from_file(pem.path()).value();
    tcp::acceptor acceptor = listening(executor);
    const net::address at{told.host, acceptor.local_endpoint().port()};
    task_group server(executor, "greeter");
    server.spawn(
        greet_over_tls(std::move(acceptor), authority.issue(told.subject_alternative, told.valid_for_seconds)));

    result<stream> connected = co_await net::connect_tls(at, trust, 5s);
    result<std::string> heard = connected ? result<std::string>() : result<std::string>(connected.error());
    if (connected) {
        heard = co_await read_to_end(**connected);
        co_await (*connected)->shutdown();
    }
    co_await server.drain(1s);
    co_return heard;
}

} // namespace

TEST_CASE("a server with a trusted certificate for its name is heard, and told the name", "[net]")
{
    const certificate_authority authority;
    CHECK(run(visit(authority, {"DNS:localhost", 3600, authority.certificate(), "localhost"})).value() ==
          "hello localhost");
}

TEST_CASE("a server may be reached by an address that its certificate holds", "[net]")
{
    const certificate_authority authority;
    CHECK(run(visit(authority, {"IP:127.0.0.1", 3600, authority.certificate(), "127.0.0.1"})).value() ==
          "hello an address");
}

TEST_CASE("a certificate that is for another host, expired or not trusted is refused with the reason", "[net]")
{
    const certificate_authority authority;
    const certificate_authority stranger("Another authority");
    struct row
    {
        tls_story told;
        std::string reason;
    };
    const std::vector<row> rows{
        {{"DNS:elsewhere.test", 3600, authority.certificate(), "localhost"}, "is not for localhost"},
        {{"IP:127.0.0.2", 3600, authority.certificate(), "127.0.0.1"}, "is not for 127.0.0.1"},
        {{"DNS:localhost", -60, authority.certificate(), "localhost"}, "certificate has expired"},
        {{"DNS:localhost", 3600, stranger.certificate(), "localhost"}, "unable to get local issuer certificate"},
    };
    for (const row& one : rows) {
        INFO(one.reason);
        const auto outcome = run(visit(authority, one.told));
        REQUIRE(outcome.has_error());
        CHECK(outcome.error().code() == errc::denied);
        CHECK(outcome.error().message().find(one.reason) != std::string::npos);
        CHECK(outcome.error().message().starts_with(one.told.host + ":"));
    }
}

TEST_CASE("a port that nobody listens on is unavailable, and the message names it", "[net]")
{
    task<result<stream>> story = []() -> task<result<stream>> {
        tcp::acceptor acceptor = listening(co_await asio::this_coro::executor);
        const net::address at = address_of(acceptor);
        acceptor.close();
        co_return co_await net::connect(at, 5s);
    }();
    const auto outcome = run(std::move(story));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::unavailable);
    CHECK(outcome.error().message().starts_with("127.0.0.1:"));
    CHECK(outcome.error().message().ends_with("Connection refused"));
}

TEST_CASE("of a name's addresses the dead ones are passed over", "[net]")
{
    using socket = std::unique_ptr<tcp::socket>;
    task<result<socket>> story = []() -> task<result<socket>> {
        const auto executor = co_await asio::this_coro::executor;
        tcp::acceptor gone = listening(executor);
        tcp::acceptor there = listening(executor);
        const std::vector<tcp::endpoint> all{gone.local_endpoint(), there.local_endpoint()};
        gone.close();
        co_return co_await net::connect_in_turn(all, 5s);
    }();
    const auto connected = run(std::move(story));
    REQUIRE(connected.has_value());
    CHECK((*connected)->is_open());
}

TEST_CASE("a name that does not exist is unavailable", "[net]")
{
    const auto outcome = run(net::connect({"no-such-host.invalid", 80}, 10s));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::unavailable);
    CHECK(outcome.error().message().find("cannot resolve no-such-host.invalid: ") != std::string::npos);
}

TEST_CASE("a server that accepts and then says nothing fails the TLS handshake at the deadline", "[net]")
{
    task<result<stream>> story = []() -> task<result<stream>> {
        tcp::acceptor acceptor = listening(co_await asio::this_coro::executor);
        co_return co_await net::connect_tls(address_of(acceptor), net::tls_trust::system().value(), 50ms);
    }();
    const auto outcome = run(std::move(story));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::unavailable);
    CHECK(outcome.error().message().find("the peer was too slow") != std::string::npos);
}

TEST_CASE("the system's trust is loaded once for all who hold it", "[net]")
{
    const auto one = net::tls_trust::system().value();
    CHECK(net::tls_trust::system().value() == one);
}

TEST_CASE("a file that holds no certificate is refused as trust, and named", "[net]")
{
    const scratch_file file("not a certificate");
    const auto outcome = net::tls_trust::from_file(file.path());
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::failed);
    CHECK(outcome.error().message().find(file.path().string()) != std::string::npos);
}
