#include "raw_client.hpp"

#include <fleetman/http/shared_body.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

using namespace fleetman;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using http::response;
using http::status;
using testing::exchange;
using testing::raw_client;
using testing::running_server;

namespace {

// Answers with what it was asked, body included.
task<response> echo(http::request& asked)
{
    result<std::string> body = co_await asked.read_body(1 << 20);
    if (!body)
        co_return response::text(
            body.error().code() == errc::too_large ? status::payload_too_large : status::bad_request,
            body.error().message(), "text/plain");
    std::string text = std::string(to_string(asked.method)) + " " + asked.path;
    for (const auto& [key, value] : asked.query)
        text += " " + key + "=" + value;
    co_return response::text(status::ok, text + " [" + *body + "]", "text/plain");
}

task<response> ignore_body(http::request&)
{
    co_return response::text(status::ok, "done", "text/plain");
}

const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n";
const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
const std::string last = "Connection: close\r\n";

std::size_t occurrences(std::string_view text, std::string_view word)
{
    std::size_t count = 0;
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
        ++count;
    return count;
}

} // namespace

TEST_CASE("a request gets an answer with length and date", "[http]")
{
    const running_server server(echo);
    const std::string answer =
        exchange(server.port(), "GET /a%20b?x=1&y=%26+z&flag HTTP/1.1\r\nHost: x\r\n" + last + "\r\n");
    CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    CHECK_THAT(answer, Contains("Content-Length: 29\r\n") && Contains("\r\nDate: ") && Contains(" GMT\r\n"));
    CHECK_THAT(answer, Contains("Connection: close\r\n"));
    CHECK_THAT(answer, EndsWith("\r\n\r\nGET /a%20b x=1 y=& z flag= []"));
}

TEST_CASE("the absolute form asks for the same path", "[http]")
{
    const running_server server(echo);
    CHECK_THAT(exchange(server.port(), "GET http://x/p?q=1 HTTP/1.1\r\nHost: x\r\n" + last + "\r\n"),
        EndsWith("GET /p q=1 []"));
    CHECK_THAT(exchange(server.port(), "GET http://x HTTP/1.1\r\nHost: x\r\n" + last + "\r\n"), EndsWith("GET / []"));
}

TEST_CASE("pipelined requests are answered in order on one connection", "[http]")
{
    const running_server server(echo);
    const std::string answers =
        exchange(server.port(), post + "Content-Length: 3\r\n\r\none" + post +
                                    "Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n" + get + last + "\r\n");
    const std::size_t one = answers.find("[one]");
    const std::size_t two = answers.find("[two]");
    CHECK(occurrences(answers, "HTTP/1.1 200 OK") == 3);
    CHECK(one < two);
    CHECK(two != std::string::npos);
    CHECK_THAT(answers, EndsWith("GET / []"));
}

TEST_CASE("a request is understood however it is cut into packets", "[http]")
{
    const running_server server(echo);
    const std::string whole =
        post + last + "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n";
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
        raw_client client(server.port());
        client.send(whole.substr(0, cut));
        client.send(whole.substr(cut));
        REQUIRE_THAT(client.receive_all(), EndsWith("[hello world]"));
    }
}

TEST_CASE("a request that ends early harms nobody", "[http]")
{
    const running_server server(echo);
    const std::string whole = post + last + "Content-Length: 5\r\n\r\nhello";
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        raw_client client(server.port());
        client.send(whole.substr(0, cut));
        client.finish_sending();
        const std::string answer = client.receive_all();
        REQUIRE((answer.empty() || answer.starts_with("HTTP/1.1 400 ")));
    }
    CHECK_THAT(exchange(server.port(), whole), EndsWith("[hello]"));
}

TEST_CASE("malformed, oversized and ambiguous requests are refused and the connection closed", "[http]")
{
    http::server_limits limits;
    limits.header_bytes = 1024;
    limits.body_bytes = 100;
    const running_server server(echo, limits);

    struct row
    {
        std::string sent;
        const char* answer;
    };
    const auto [sent, answer] = GENERATE(values<row>({
        {"garbage\r\n\r\n", "400"},
        {"GET /\r\n\r\n", "400"},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"},
        {"GET nonsense HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
        {"GET /#part HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
        {"GET /?a=%zz HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {get + "Host: y\r\n\r\n", "400"},
        {get + "Bad Name: y\r\n\r\n", "400"},
        {get + "Name : y\r\n\r\n", "400"},
        {get + "Expect: miracles\r\n\r\n", "417"},
        {get + "Big: " + std::string(2000, 'x') + "\r\n\r\n", "431"},
        {"GET /" + std::string(2000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n", "431"},
        {post + "Content-Length: 101\r\n\r\n", "413"},
        {post + "Content-Length: 99999999999999999999999\r\n\r\n", "400"},
        {post + "Content-Length: -1\r\n\r\n", "400"},
        {post + "Content-Length: +3\r\n\r\nabc", "400"},
        {post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"},
        {post + "Content-Length: 3, 4\r\n\r\nabcd", "400"},
        {post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "400"},
        {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        {post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "400"},
        {post + "Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc", "400"},
        {post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", "400"},
        {post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
        {post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "501"},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
    }));
    CAPTURE(sent);
    // The second request, smuggled behind the first, must not be seen.
    const std::string received = exchange(server.port(), sent + get + "\r\n");
    CHECK_THAT(received, StartsWith("HTTP/1.1 " + std::string(answer) + " "));
    CHECK_THAT(received, Contains("Connection: close\r\n"));
    CHECK(occurrences(received, "\r\nDate: ") == 1);
}

TEST_CASE("broken chunks end the connection after an error", "[http]")
{
    http::server_limits limits;
    limits.body_bytes = 100;
    limits.header_bytes = 1024;
    const running_server server(echo, limits);
    struct row
    {
        std::string chunks;
        const char* answer;
    };
    const auto [chunks, answer] = GENERATE(values<row>({
        {"zz\r\n", "400"},
        {"3\r\nabcX\r\n0\r\n\r\n", "400"},
        {"ffffffffffffffffff\r\n", "400"},
        {"65\r\n", "413"},
        {"3;" + std::string(70'000, 'x'), "400"},
        {"0\r\nContent-Length: 4\r\n\r\n", "400"},
    }));
    CAPTURE(chunks.substr(0, 20));
    const std::string received =
        exchange(server.port(), post + "Transfer-Encoding: chunked\r\n\r\n" + chunks + get + "\r\n");
    CHECK_THAT(received, StartsWith("HTTP/1.1 " + std::string(answer) + " "));
    CHECK(occurrences(received, "\r\nDate: ") == 1);
}

TEST_CASE("100-continue is said when the handler first reads", "[http]")
{
    const running_server server(echo);
    raw_client client(server.port());
    client.send(post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    CHECK_THAT(client.receive_until("]"), EndsWith("[hello]"));
}

TEST_CASE("a handler that reads nothing never invites the body, and the connection ends", "[http]")
{
    const running_server server(ignore_body);
    const std::string answer = exchange(server.port(), post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK") && Contains("Connection: close") && EndsWith("done"));
}

TEST_CASE("a small unread body is dropped and the connection kept", "[http]")
{
    const running_server server(ignore_body);
    const std::string answers =
        exchange(server.port(), post + "Content-Length: 5\r\n\r\nhello" + post +
                                    "Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n" + get + last + "\r\n");
    CHECK(occurrences(answers, "HTTP/1.1 200 OK") == 3);
}

TEST_CASE("a large unread body costs the connection, but the answer arrives", "[http]")
{
    const running_server server(ignore_body);
    raw_client client(server.port());
    client.send(post + "Content-Length: 3000000\r\n\r\n" + std::string(3'000'000, 'x') + get + "\r\n");
    const std::string answer = client.receive_all();
    CHECK_THAT(answer, Contains("Connection: close") && EndsWith("done"));
    CHECK(occurrences(answer, "HTTP/1.1 ") == 1);
}

TEST_CASE("HEAD, 204 and 304 carry no body", "[http]")
{
    const running_server server([](http::request& asked) -> task<response> {
        if (asked.path == "/204")
            co_return response::empty(status::no_content);
        response answer =
            response::text(asked.path == "/304" ? status::not_modified : status::ok, "hello", "text/plain");
        if (asked.path == "/stated")
            answer = response::empty(status::ok).set(http::field::content_length, "12345");
        co_return answer;
    });
    raw_client client(server.port());
    client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_THAT(client.receive_until("\r\n\r\n"), Contains("Content-Length: 5\r\n"));
    client.send("HEAD /stated HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_THAT(client.receive_until("\r\n\r\n"), Contains("Content-Length: 12345\r\n"));
    client.send("GET /204 HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_THAT(client.receive_until("\r\n\r\n"), StartsWith("HTTP/1.1 204 ") && !Contains("Content-Length"));
    client.send("GET /304 HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_THAT(client.receive_until("\r\n\r\n"), StartsWith("HTTP/1.1 304 ") && !Contains("Content-Length"));
    client.send(get + "\r\n");
    CHECK_THAT(client.receive_until("hello"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_CASE("HTTP/1.0 closes unless asked to keep the connection", "[http]")
{
    const running_server server(echo);
    CHECK_THAT(exchange(server.port(), "GET / HTTP/1.0\r\n\r\n"), Contains("Connection: close"));
    raw_client client(server.port());
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK_THAT(client.receive_until("[]"), Contains("Connection: keep-alive"));
}

TEST_CASE("a stream is sent with its length, in chunks, or until the connection closes", "[http]")
{
    const running_server server([](http::request& asked) -> task<response> {
        response answer = response::empty(status::ok);
        std::optional<std::uint64_t> length;
        if (asked.path == "/counted")
            length = 11;
        if (asked.path == "/short")
            length = 12;
        answer.body = http::stream_body{std::make_shared<string_source>("hello world"), length};
        co_return answer;
    });
    const std::string rest = " HTTP/1.1\r\nHost: x\r\n" + last + "\r\n";
    CHECK_THAT(exchange(server.port(), "GET /counted" + rest),
        Contains("Content-Length: 11\r\n") && EndsWith("\r\n\r\nhello world"));
    CHECK_THAT(exchange(server.port(), "GET /chunked" + rest),
        Contains("Transfer-Encoding: chunked\r\n") && EndsWith("\r\n\r\nb\r\nhello world\r\n0\r\n\r\n"));
    CHECK_THAT(exchange(server.port(), "GET /until-close HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
        !Contains("Content-Length") && Contains("Connection: close") && EndsWith("\r\n\r\nhello world"));
    // Fewer bytes than promised: the cut must be visible, so nothing else may follow.
    CHECK_THAT(exchange(server.port(), "GET /short HTTP/1.1\r\nHost: x\r\n\r\n"),
        Contains("Content-Length: 12\r\n") && EndsWith("hello world"));
}

TEST_CASE("a part of a file is sent from where it is asked", "[http]")
{
    char name[] = "/tmp/fleetman-http-test-XXXXXX";
    const int file = ::mkstemp(name);
    REQUIRE(file >= 0);
    ::unlink(name);
    std::string content(3'000'000, 'a');
    content.replace(content.size() - 3, 3, "end");
    REQUIRE(::pwrite(file, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));

    const std::shared_ptr<const int> descriptor(new int(file), [](const int* open) {
        ::close(*open);
        delete open;
    });
    const running_server server([descriptor](http::request&) -> task<response> {
        response answer = response::empty(status::ok);
        answer.body = http::file_body{descriptor, 10, 3'000'000 - 10};
        return [](response ready) -> task<response> { co_return ready; }(std::move(answer));
    });
    const std::string answer = exchange(server.port(), get + last + "\r\n");
    CHECK_THAT(answer, Contains("Content-Length: 2999990\r\n"));
    CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == content.substr(10));
}

TEST_CASE("a shared body is whole in each of many answers, be it short or long", "[http]")
{
    for (const std::size_t length : {std::size_t(0), std::size_t(5), std::size_t(3'000'000)}) {
        std::string content(length, 'a');
        for (std::size_t i = 0; i < length; i += 1000)
            content[i] = static_cast<char>('b' + i % 24);
        const http::shared_body body(content);
        CHECK(body.size() == length);
        const running_server server([body](http::request&) -> task<response> {
            response answer = response::empty(status::ok);
            body.give_to(answer);
            return [](response ready) -> task<response> { co_return ready; }(std::move(answer));
        });
        for (int round = 0; round < 3; ++round) {
            const std::string answer = exchange(server.port(), get + last + "\r\n");
            CHECK_THAT(answer, Contains("Content-Length: " + std::to_string(length) + "\r\n"));
            CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == content);
        }
        const std::string head = exchange(server.port(), "HEAD / HTTP/1.1\r\nHost: x\r\n" + last + "\r\n");
        CHECK_THAT(head, Contains("Content-Length: " + std::to_string(length) + "\r\n") && EndsWith("\r\n\r\n"));
    }
}

TEST_CASE("an exception from a handler is answered 500 without its text", "[http]")
{
    const running_server server([](http::request&) -> task<response> {
        throw std::runtime_error("the password is hunter2");
        co_return response();
    });
    raw_client client(server.port());
    client.send(get + "\r\n");
    const std::string answer = client.receive_until("internal error\n");
    CHECK_THAT(answer, StartsWith("HTTP/1.1 500 ") && !Contains("hunter2"));
}

TEST_CASE("a value with a line end never reaches the wire", "[http]")
{
    const running_server server([](http::request&) -> task<response> {
        co_return response::empty(status::ok).set("X-Name", "a\r\nSet-Cookie: b");
    });
    CHECK(exchange(server.port(), get + "\r\n").empty());
}

TEST_CASE("a connection without a whole head in time is closed", "[http]")
{
    http::server_limits limits;
    limits.head_deadline = 50ms;
    limits.idle_deadline = 50ms;
    const running_server server(echo, limits);
    raw_client silent(server.port());
    raw_client slow(server.port());
    slow.send("GET / HT");
    raw_client idle(server.port());
    idle.send(get + "\r\n");
    idle.receive_until("[]");
    CHECK(silent.closed_by_peer());
    CHECK(slow.closed_by_peer());
    CHECK(idle.closed_by_peer());
}

TEST_CASE("a body that stalls is an error for the handler", "[http]")
{
    http::server_limits limits;
    limits.idle_deadline = 50ms;
    const running_server server(echo, limits);
    raw_client client(server.port());
    client.send(post + "Content-Length: 5\r\n\r\nhe");
    CHECK(client.receive_all().find("200 OK") == std::string::npos);
}

TEST_CASE("one connection too many is answered 503", "[http]")
{
    http::server_limits limits;
    limits.connections = 2;
    const running_server server(echo, limits);
    raw_client first(server.port());
    raw_client second(server.port());
    first.send(get + "\r\n");
    first.receive_until("[]");
    second.send(get + "\r\n");
    second.receive_until("[]");
    raw_client third(server.port());
    CHECK_THAT(third.receive_all(), StartsWith("HTTP/1.1 503 "));
    first.send(get + "\r\n");
    CHECK_THAT(first.receive_until("[]"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("stopping closes idle connections and lets a request under way end", "[http]")
{
    std::atomic<bool> entered = false;
    running_server server([&entered](http::request& asked) -> task<response> {
        entered = true;
        return echo(asked);
    });
    raw_client idle(server.port());
    raw_client busy(server.port());
    busy.send(post + "Content-Length: 5\r\n\r\nhe");
    while (!entered)
        std::this_thread::yield();
    std::thread stopping([&server] { server.stop(10s); });
    CHECK(idle.closed_by_peer());
    busy.send("llo");
    CHECK_THAT(busy.receive_all(), Contains("Connection: close") && EndsWith("[hello]"));
    stopping.join();
}

TEST_CASE("stopping ends what outlasts the grace", "[http]")
{
    std::atomic<bool> entered = false;
    running_server server([&entered](http::request& asked) -> task<response> {
        entered = true;
        return echo(asked);
    });
    raw_client busy(server.port());
    busy.send(post + "Content-Length: 5\r\n\r\nhe");
    while (!entered)
        std::this_thread::yield();
    server.stop(1ms);
    CHECK(busy.receive_all().find("200 OK") == std::string::npos);
}

TEST_CASE("a taken port is reported with a hint", "[http]")
{
    const running_server server(echo);
    boost::asio::io_context loop;
    http::server second(loop.get_executor(), "test", echo);
    const result<std::uint16_t> bound = second.listen({"127.0.0.1", server.port()});
    REQUIRE(bound.has_error());
    CHECK(bound.error().code() == errc::unavailable);
    CHECK_THAT(bound.error().message(), Contains("is taken"));
}

TEST_CASE("what the server refuses by itself is worded by whoever runs it", "[http]")
{
    const auto throw_at = [](http::request&) -> task<http::response> { throw std::runtime_error("a bug"); };
    const auto word = [](http::status code, std::string_view why, std::string_view path) {
        return http::response::text(code,
            "{\"why\":\"" + std::string(why) + "\",\"path\":\"" + std::string(path) + "\"}",
            "application/problem+json");
    };
    const running_server server(throw_at, {.header_bytes = 1024, .body_bytes = 100}, word);
    const std::string close = "Connection: close\r\n\r\n";

    const std::string thrown = exchange(server.port(), "GET /a HTTP/1.1\r\nHost: x\r\n" + close);
    CHECK_THAT(
        thrown, StartsWith("HTTP/1.1 500 ") && Contains("application/problem+json") && Contains("\"path\":\"/a\""));
    CHECK_THAT(thrown, !Contains("a bug"));
    CHECK_THAT(exchange(server.port(), "garbage\r\n\r\n"),
        StartsWith("HTTP/1.1 400 ") && Contains("application/problem+json"));
    CHECK_THAT(exchange(server.port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n" + close),
        StartsWith("HTTP/1.1 413 ") && Contains("application/problem+json"));
    CHECK_THAT(exchange(server.port(), "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(2000, 'a') + "\r\n" + close),
        StartsWith("HTTP/1.1 431 ") && Contains("application/problem+json"));
}
