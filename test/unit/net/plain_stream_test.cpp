#include "loopback.hpp"

#include <fleetman/core/task_group.hpp>
#include <fleetman/testing/run.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;

namespace {

struct pair
{
    std::unique_ptr<net::byte_stream> client;
    std::unique_ptr<net::byte_stream> server;
};

task<result<pair>> connected()
{
    tcp::acceptor acceptor = listening(co_await asio::this_coro::executor);
    result<std::unique_ptr<net::byte_stream>> client = co_await net::connect(address_of(acceptor), 5s);
    if (!client)
        co_return client.error();
    tcp::socket accepted = co_await acceptor.async_accept(asio::use_awaitable);
    co_return pair{std::move(*client), net::plain_stream(std::move(accepted))};
}

} // namespace

TEST_CASE("what one end writes the other reads, until the end of the stream", "[net]")
{
    task<result<std::string>> story = []() -> task<result<std::string>> {
        pair ends = (co_await connected()).value();
        static_cast<void>(co_await write_all(*ends.client, text(1000)));
        ends.client->close();
        co_return co_await read_to_end(*ends.server);
    }();
    CHECK(run(std::move(story)).value() == text(1000));
}

TEST_CASE("the peer is named by address and port", "[net]")
{
    task<std::string> story = []() -> task<std::string> {
        pair ends = (co_await connected()).value();
        co_return ends.server->peer();
    }();
    CHECK(run(std::move(story)).starts_with("127.0.0.1:"));
}

TEST_CASE("a part of a file is sent, though it fills the socket many times over", "[net]")
{
    const scratch_file file(text(6'000'000));
    task<std::string> story = [](std::filesystem::path path) -> task<std::string> {
        using namespace asio::experimental::awaitable_operators;
        pair ends = (co_await connected()).value();
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        task<result<void>> sending = [](net::byte_stream& to, int fd) -> task<result<void>> {
            to.expires_after(20s);
            result<void> sent = co_await to.send_file(fd, 500, 5'000'000);
            co_await to.shutdown();
            co_return sent;
        }(*ends.server, descriptor);
        task<result<std::string>> reading = [](net::byte_stream& from) -> task<result<std::string>> {
            result<std::string> all = co_await read_to_end(from);
            from.close();
            co_return all;
        }(*ends.client);
        auto [sent, all] = co_await (std::move(sending) && std::move(reading));
        ::close(descriptor);
        co_return sent ? all.value() : sent.error().message();
    }(file.path());
    CHECK(run(std::move(story)) == text(6'000'000).substr(500, 5'000'000));
}

TEST_CASE("a file that is shorter than promised is an error, not an endless wait", "[net]")
{
    const scratch_file file("short");
    task<result<void>> story = [](std::filesystem::path path) -> task<result<void>> {
        pair ends = (co_await connected()).value();
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        result<void> sent = co_await ends.server->send_file(descriptor, 0, 100);
        ::close(descriptor);
        co_return sent;
    }(file.path());
    const auto outcome = run(std::move(story));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::failed);
}

TEST_CASE("a connection at rest keeps no loop running, and has its deadlines again when it is used", "[net]")
{
    asio::io_context loop;
    pair ends;
    const auto story = [](pair& kept) -> task<void> {
        kept = (co_await connected()).value();
        static_cast<void>(co_await write_all(*kept.server, "x"));
        std::array<char, 1> byte;
        kept.client->expires_after(60s);
        static_cast<void>(co_await kept.client->read_some(asio::buffer(byte)));
        kept.client->rest();
    };
    asio::co_spawn(loop, story(ends), asio::detached);
    loop.run_for(10s);
    CHECK(loop.stopped()); // nothing is left to do

    result<std::string> heard = error(errc::failed, "");
    const auto later = [](net::byte_stream& from, result<std::string>& into) -> task<void> {
        from.expires_after(20ms);
        into = co_await read_to_end(from);
    };
    asio::co_spawn(loop, later(*ends.client, heard), asio::detached);
    loop.restart();
    loop.run_for(10s);
    REQUIRE(heard.has_error());
    CHECK(heard.error().code() == errc::unavailable);
}

TEST_CASE("a silent peer is given up when the deadline passes, and so is all that follows", "[net]")
{
    task<std::pair<result<std::string>, result<void>>> story =
        []() -> task<std::pair<result<std::string>, result<void>>> {
        pair ends = (co_await connected()).value();
        ends.client->expires_after(20ms);
        result<std::string> heard = co_await read_to_end(*ends.client);
        result<void> written = co_await write_all(*ends.client, "x");
        co_return std::pair(heard, written);
    }();
    const auto [heard, written] = run(std::move(story));
    REQUIRE(heard.has_error());
    CHECK(heard.error().code() == errc::unavailable);
    CHECK(heard.error().message() == "receive: the peer was too slow");
    REQUIRE(written.has_error());
    CHECK(written.error().code() == errc::unavailable);
}

TEST_CASE("a new deadline replaces the one before", "[net]")
{
    task<result<std::string>> story = []() -> task<result<std::string>> {
        pair ends = (co_await connected()).value();
        ends.client->expires_after(10ms);
        ends.client->expires_after(10s);
        asio::steady_timer later(ends.client->executor(), 50ms);
        co_await later.async_wait(asio::use_awaitable);
        static_cast<void>(co_await write_all(*ends.server, "late"));
        ends.server->close();
        co_return co_await read_to_end(*ends.client);
    }();
    CHECK(run(std::move(story)).value() == "late");
}

TEST_CASE("what was waited for under an earlier deadline does not count any more, nor under a later one", "[net]")
{
    task<std::pair<std::string, result<std::size_t>>> story =
        []() -> task<std::pair<std::string, result<std::size_t>>> {
        pair ends = (co_await connected()).value();
        std::string heard(4, '\0');
        ends.client->expires_after(20ms);
        static_cast<void>(co_await write_all(*ends.server, "soon"));
        static_cast<void>(co_await ends.client->read_some(asio::buffer(heard)));

        ends.client->expires_after(60s);
        asio::steady_timer later(ends.client->executor(), 60ms);
        using namespace asio::experimental::awaitable_operators;
        static_cast<void>(co_await ([](net::byte_stream& to, asio::steady_timer& when) -> task<void> {
            co_await when.async_wait(asio::use_awaitable);
            static_cast<void>(co_await write_all(to, "late"));
        }(*ends.server, later) && ends.client->read_some(asio::buffer(heard))));

        ends.client->expires_after(20ms);
        std::string nothing(4, '\0');
        co_return std::pair(heard, co_await ends.client->read_some(asio::buffer(nothing)));
    }();
    const auto [heard, then] = run(std::move(story));
    CHECK(heard == "late");
    REQUIRE(then.has_error());
    CHECK(then.error().message() == "receive: the peer was too slow");
}

TEST_CASE("what is longer than the socket's buffers arrives whole, buffer after buffer", "[net]")
{
    task<std::string> story = []() -> task<std::string> {
        using namespace asio::experimental::awaitable_operators;
        pair ends = (co_await connected()).value();
        const auto send = [](net::byte_stream& to) -> task<void> {
            const std::string first = text(1000);
            const std::string second = text(9'000'000);
            const std::string third = text(7);
            const std::array<asio::const_buffer, 4> all{
                asio::buffer(first), asio::const_buffer(), asio::buffer(second), asio::buffer(third)};
            static_cast<void>(co_await to.write(all));
            to.close();
        };
        co_return (co_await (send(*ends.client) && read_to_end(*ends.server))).value();
    }();
    CHECK(run(std::move(story)) == text(1000) + text(9'000'000) + text(7));
}

TEST_CASE("a peer that takes nothing is given up when the deadline passes", "[net]")
{
    task<result<void>> story = []() -> task<result<void>> {
        pair ends = (co_await connected()).value();
        ends.client->expires_after(50ms);
        co_return co_await write_all(*ends.client, text(30'000'000));
    }();
    const result<void> outcome = run(std::move(story));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().message() == "send: the peer was too slow");
}

TEST_CASE("shutting down hears out a peer that is still sending, so that it gets our last words", "[net]")
{
    task<result<std::string>> story = []() -> task<result<std::string>> {
        using namespace asio::experimental::awaitable_operators;
        pair ends = (co_await connected()).value();
        static_cast<void>(co_await write_all(*ends.client, text(100'000)));
        static_cast<void>(co_await write_all(*ends.server, "no, thanks"));
        task<bool> closing = [](net::byte_stream& stream) -> task<bool> {
            co_await stream.shutdown();
            co_return true;
        }(*ends.server);
        task<result<std::string>> reading = [](net::byte_stream& stream) -> task<result<std::string>> {
            result<std::string> all = co_await read_to_end(stream);
            stream.close();
            co_return all;
        }(*ends.client);
        auto [closed, all] = co_await (std::move(closing) && std::move(reading));
        co_return all;
    }();
    CHECK(run(std::move(story)).value() == "no, thanks");
}

TEST_CASE("a peer that leaves while a file is sent to it costs an error, not the process", "[net]")
{
    const scratch_file file(text(4'000'000));
    task<result<void>> story = [](std::filesystem::path path) -> task<result<void>> {
        pair ends = (co_await connected()).value();
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        ends.client.reset();
        result<void> sent;
        for (int i = 0; i < 10 && sent; ++i)
            sent = co_await ends.server->send_file(descriptor, 0, 4'000'000);
        ::close(descriptor);
        co_return sent;
    }(file.path());
    const auto outcome = run(std::move(story));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code() == errc::unavailable);
}
