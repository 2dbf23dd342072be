#include <fleetman/net/connect.hpp>
#include <fleetman/net/endpoint.hpp>
#include <fleetman/net/http_call.hpp>
#include <fleetman/testing/imposter.hpp>
#include <fleetman/testing/run.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::net;
using namespace std::chrono_literals;
using testing::imposter;

namespace {

task<result<http_answer>> call_it(std::string url, http_call call)
{
    const endpoint at = parse_endpoint(url).value();
    auto stream = co_await connect(at.at, 5s);
    if (!stream)
        co_return stream.error();
    co_return co_await exchange_once(**stream, std::move(call), 10, 2s);
}

result<http_answer> answer_to(const std::string& bytes, imposter::ending after, const http_call& call = {.host = "h"},
    std::string* asked = nullptr)
{
    imposter server(testing::event_loop().get_executor());
    server.then(bytes, after);
    result<http_answer> answer = testing::run(call_it(server.url(), call));
    if (asked != nullptr)
        *asked = server.requests().at(0);
    testing::run(server.stop());
    return answer;
}

} // namespace

TEST_CASE("one question gets its answer, however the body's end is marked", "[net]")
{
    using enum imposter::ending;
    CHECK(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", stall)->body == "hi");
    CHECK(
        answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", stall)->body ==
        "hi");
    CHECK(answer_to("HTTP/1.1 200 OK\r\n\r\nhi", close)->body == "hi");
    CHECK(answer_to("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", stall)->status == 500);
    CHECK(answer_to("HTTP/1.1 204 Nothing\r\n\r\n", stall)->status == 204);
}

TEST_CASE("a long body is cut, and told to be", "[net]")
{
    const http_answer cut =
        answer_to("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n0123456789abc", imposter::ending::stall).value();
    CHECK(cut.body == "0123456789");
    CHECK(cut.truncated);
    CHECK_FALSE(
        answer_to("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", imposter::ending::stall)->truncated);
}

TEST_CASE("the question is sent as it was put", "[net]")
{
    std::string asked;
    const http_call call{.method = "POST",
        .target = "/RPC2?a",
        .host = "h:1",
        .headers = {{"Content-Type", "text/xml"}},
        .body = "<x/>"};
    CHECK(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", imposter::ending::stall, call, &asked).has_value());
    CHECK(asked == "POST /RPC2?a HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\nUser-Agent: fleetman\r\n"
                   "Content-Type: text/xml\r\nContent-Length: 4\r\n\r\n<x/>");
}

TEST_CASE("what is no answer, or ends too early, is told so", "[net]")
{
    using enum imposter::ending;
    CHECK(answer_to("SSH-2.0-OpenSSH\r\n", close).error().code() == errc::unavailable);
    CHECK(answer_to("", close).error().message() == "the connection was closed before a whole answer came");
    CHECK(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", close).error().code() == errc::unavailable);
    CHECK(answer_to("HTTP/1.1 200 OK\r\n", stall).error().message() == "receive: the peer was too slow");
}

TEST_CASE("a part with a line end in it is refused before anything is sent", "[net]")
{
    imposter server(testing::event_loop().get_executor());
    const auto refused = testing::run(call_it(server.url(), {.target = "/ HTTP/1.1\r\nX: y", .host = "h"}));
    CHECK(refused.error().code() == errc::invalid);
    testing::run(server.stop());
}
