#include "imposter_fixture.hpp"

#include <fleetman/core/deadline.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/certificates.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include <fstream>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;
using ending = imposter::ending;

// Callers that leave, and servers that are not trusted.

namespace {

// Sleeps as the system's does, but for ever.
class endless_clock final : public fleetman::clock
{
public:
    wall_time now() const override { return std::chrono::system_clock::now(); }
    std::chrono::steady_clock::time_point steady_now() const override { return {}; }
    task<void> sleep(milliseconds) override
    {
        ++sleeping;
        asio::steady_timer never(co_await asio::this_coro::executor, 1h);
        co_await never.async_wait(asio::as_tuple(asio::use_awaitable));
        --sleeping;
    }
    int sleeping = 0;
};

task<void> turn()
{
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

// Answers every TLS client with its certificate.
task<void> show_certificate(tcp::acceptor acceptor, certificate_authority::identity as)
{
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain(asio::buffer(as.certificate));
    context.use_private_key(asio::buffer(as.key), asio::ssl::context::pem);
    constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
    for (;;) {
        auto [refused, socket] = co_await acceptor.async_accept(quietly);
        if (refused)
            co_return;
        asio::ssl::stream<tcp::socket> session(std::move(socket), context);
        static_cast<void>(co_await session.async_handshake(asio::ssl::stream_base::server, quietly));
    }
}

task<result<storage::object>> read_over_tls(certificate_authority::identity shown, std::filesystem::path trusted)
{
    const auto executor = co_await asio::this_coro::executor;
    tcp::acceptor acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    s3::connection to = test_connection();
    to.endpoint = {true, {"127.0.0.1", acceptor.local_endpoint().port()}};
    to.ca_file = trusted;
    task_group server(executor, "tls");
    server.spawn(show_certificate(std::move(acceptor), std::move(shown)));
    manual_clock time;
    const auto store = s3::open(to, time).value();
    result<storage::object> got = co_await store->get("a", 10);
    CHECK(time.slept.empty());
    co_await server.drain(0ms);
    co_return got;
}

} // namespace

TEST_CASE(
    "a caller who leaves in the pause between attempts is let go at once, and nothing more is sent", "[s3][fault]")
{
    auto wire = std::make_shared<scripted_transport>();
    endless_clock time;
    s3::s3_store store(test_connection(), wire, time);
    wire->then(503).then(200);
    task<void> story = [](s3::s3_store& on, endless_clock& clock) -> task<void> {
        task_group group(co_await asio::this_coro::executor, "test");
        group.spawn([](s3::s3_store& of) -> task<void> { static_cast<void>(co_await of.get("a", 10)); }(on));
        while (clock.sleeping == 0) {
            task<void> once = turn();
            co_await std::move(once);
        }
        group.cancel();
        co_await group.drain(10s);
    }(store, time);
    run(std::move(story));
    CHECK(time.sleeping == 0);
    CHECK(wire->seen.size() == 1);
}

TEST_CASE("a caller who leaves a stream that is stalled is let go at once, and the pool serves the next", "[s3][fault]")
{
    const trace seen =
        play({[](imposter& server) {
                  server.then("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nETag: \"e\"\r\n\r\n01", ending::stall)
                      .then(http_answer(200, "body"));
              },
                 [](s3::connection& to) {
                     to.connections = 1;
                     to.idle_deadline = 60s;
                 }},
            [](storage::object_store& store) -> task<void> {
                string_sink to(100);
                task<result<storage::object_info>> stalled = store.get("a", to);
                CHECK((co_await with_deadline(std::move(stalled), 100ms)).has_error());
                CHECK((co_await store.get("b", 10)).value().body == "body");
            });
    CHECK(seen.connections == 2);
    CHECK(seen.most_at_once == 1);
}

TEST_CASE("a server whose certificate does not hold is told once, with the settings to look at", "[s3][fault]")
{
    const certificate_authority authority;
    const scratch_folder folder;
    const auto trusted = folder.path() / "ca.pem";
    std::ofstream(trusted) << authority.certificate();
    struct row
    {
        certificate_authority::identity shown;
        std::string reason;
    };
    const std::vector<row> rows{
        {authority.issue("IP:127.0.0.2"), "is not for 127.0.0.1"},
        {authority.issue("IP:127.0.0.1", -60), "certificate has expired"},
    };
    for (const row& one : rows) {
        INFO(one.reason);
        const auto got = run(read_over_tls(one.shown, trusted));
        REQUIRE(got.has_error());
        CHECK(got.error().code() == errc::denied);
        CHECK_THAT(got.error().message(), Catch::StartsWith("get a: bucket fleet at https://127.0.0.1:") &&
                                              Catch::Contains(one.reason) &&
                                              Catch::EndsWith("; check endpoint and ca_file"));
    }
}
