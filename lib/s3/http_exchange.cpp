#include "http_exchange.hpp"
#include "xml.hpp"

#include <fleetman/core/text.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <vector>

namespace fleetman::s3 {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t head_max_bytes = 65'536;
constexpr unsigned most_interim_answers = 10;
constexpr std::size_t read_block_bytes = 65'536;
constexpr std::uint64_t error_body_max_bytes = 65'536; // an error document is a few hundred bytes

using parser = http::response_parser<http::buffer_body>;

std::string head_of(const wire_request& request)
{
    std::string head = request.method + ' ' + request.target + " HTTP/1.1\r\n";
    for (const auto& [name, value] : request.headers)
        head.append(name).append(": ").append(value).append("\r\n");
    const std::uint64_t length = request.source != nullptr ? request.source_length : request.body.size();
    if (length != 0 || request.method == "PUT" || request.method == "POST")
        head += "Content-Length: " + std::to_string(length) + "\r\n";
    head += "User-Agent: fleetman\r\n\r\n";
    return head;
}

// How far a request got. Without its whole body it has no answer worth waiting for, but when the connection is what
// failed there may be one: a server that refuses a large body answers and closes before it has read all of it.
struct send_outcome
{
    result<void> sent;
    bool body_failed = false;
};

task<send_outcome> send_source(net::byte_stream& stream, const wire_request& request, milliseconds idle)
{
    for (std::uint64_t left = request.source_length; left != 0;) {
        result<std::string> piece =
            co_await request.source->read(static_cast<std::size_t>(std::min<std::uint64_t>(left, copy_block_bytes)));
        if (!piece)
            co_return send_outcome{piece.error(), true};
        if (piece->empty() || piece->size() > left)
            co_return send_outcome{error(errc::invalid, "the body does not have the length that was announced"), true};
        const asio::const_buffer block = asio::buffer(*piece);
        stream.expires_after(idle);
        result<void> sent = co_await stream.write(std::span(&block, 1));
        if (!sent)
            co_return send_outcome{sent};
        left -= piece->size();
    }
    co_return send_outcome{};
}

// One deadline for all of a body would be one for its length: each block has its own. The first goes with the head, so
// that what is small is one packet.
task<result<void>> send_body(
    net::byte_stream& stream, const std::string& head, std::string_view body, milliseconds idle)
{
    std::string_view block = body.substr(0, copy_block_bytes);
    const std::array<asio::const_buffer, 2> first{asio::buffer(head), asio::buffer(block)};
    stream.expires_after(idle);
    result<void> sent = co_await stream.write(first);
    for (body.remove_prefix(block.size()); sent && !body.empty(); body.remove_prefix(block.size())) {
        block = body.substr(0, copy_block_bytes);
        const asio::const_buffer next = asio::buffer(block);
        stream.expires_after(idle);
        sent = co_await stream.write(std::span(&next, 1));
    }
    co_return sent;
}

task<send_outcome> send_request(net::byte_stream& stream, const wire_request& request, milliseconds idle)
{
    const std::string head = head_of(request);
    result<void> sent = co_await send_body(stream, head, request.body, idle);
    if (!sent || request.source == nullptr)
        co_return send_outcome{sent};
    co_return co_await send_source(stream, request, idle);
}

// Receives one block. False at the end of the stream.
task<result<bool>> receive(pooled_connection& on, milliseconds idle)
{
    on.stream->expires_after(idle);
    result<std::size_t> length = co_await on.stream->read_some(on.received.prepare(read_block_bytes));
    if (!length)
        co_return length.error();
    on.received.commit(*length);
    co_return *length != 0;
}

error malformed(const boost::system::error_code& failure)
{
    return error(errc::unavailable, "the answer is not HTTP: " + failure.message());
}

// Feeds the parser until it has a whole head, skipping 1xx answers. `silent` stays set while nothing has come. A head
// that comes by the byte is not waited for: each of its bytes would be in time.
task<result<std::unique_ptr<parser>>> receive_head(
    pooled_connection& on, bool head_only, milliseconds idle, bool& silent)
{
    const auto until = std::chrono::steady_clock::now() + 2 * idle;
    for (unsigned interim = 0; interim < most_interim_answers; ++interim) {
        auto answer = std::make_unique<parser>();
        answer->header_limit(head_max_bytes);
        answer->body_limit(boost::none);
        answer->skip(head_only);
        while (!answer->is_header_done()) {
            if (on.received.size() != 0) {
                boost::system::error_code failure;
                on.received.consume(answer->put(on.received.data(), failure));
                if (failure && failure != http::error::need_more)
                    co_return malformed(failure);
                if (answer->is_header_done())
                    break;
            }
            result<bool> more = co_await receive(on, idle);
            if (!more)
                co_return more.error();
            if (!*more)
                co_return error(errc::unavailable, "the connection was closed before an answer came");
            silent = false;
            if (std::chrono::steady_clock::now() >= until)
                co_return error(errc::unavailable, "the head of the answer took too long");
        }
        if (answer->get().result_int() >= 200)
            co_return std::move(answer);
    }
    co_return error(errc::unavailable, "no end of interim answers");
}

// Where a body goes: the sink for what was asked for, else memory up to a bound. What is past the bound of a refusal
// is dropped, so that the refusal itself is still told.
class body_keeper
{
public:
    body_keeper(destination to, bool success) : to_(to), success_(success) {}

    task<result<void>> keep(std::string_view chunk)
    {
        if (success_ && to_.sink != nullptr)
            co_return co_await to_.sink->write(chunk);
        const std::uint64_t bound = success_ ? to_.max_bytes : error_body_max_bytes;
        if (chunk.size() > bound - body_.size()) {
            if (success_)
                co_return error(errc::too_large, "more than " + std::to_string(bound) + " bytes");
            chunk = chunk.substr(0, bound - body_.size());
        }
        body_.append(chunk);
        co_return result<void>();
    }

    std::string take() { return std::move(body_); }

private:
    destination to_;
    bool success_;
    std::string body_;
};

// A server that sends a byte now and then keeps within every deadline for reads: how much comes is watched, too. Only
// the waiting for it counts, not what the sink takes.
class slowness
{
public:
    explicit slowness(pacing allowed) : allowed_(allowed) {}

    bool is_too_slow(std::chrono::steady_clock::duration waited, std::size_t bytes)
    {
        waited_ += waited;
        bytes_ += bytes;
        if (waited_ < allowed_.idle)
            return false;
        const bool slow = bytes_ < allowed_.least_bytes;
        waited_ = {};
        bytes_ = 0;
        return slow;
    }

private:
    pacing allowed_;
    std::chrono::steady_clock::duration waited_{};
    std::uint64_t bytes_ = 0;
};

error too_slow(pacing allowed)
{
    return error(errc::unavailable, "receive: fewer than " + std::to_string(allowed.least_bytes) + " bytes came in " +
                                        std::to_string(allowed.idle.count()) + " ms");
}

// Receives what is next of a body. False at the end of the stream.
task<result<bool>> receive_some(pooled_connection& on, pacing pace, slowness& watch)
{
    const auto asked = std::chrono::steady_clock::now();
    const std::size_t before = on.received.size();
    result<bool> more = co_await receive(on, pace.idle);
    if (more && *more && watch.is_too_slow(std::chrono::steady_clock::now() - asked, on.received.size() - before))
        co_return too_slow(pace);
    co_return more;
}

task<result<void>> receive_body(
    pooled_connection& on, parser& answer, body_keeper& keeper, pacing pace, bool& by_network)
{
    slowness watch(pace);
    by_network = true;
    std::vector<char> block(read_block_bytes);
    while (!answer.is_done()) {
        boost::system::error_code failure = http::error::need_more;
        answer.get().body().data = block.data();
        answer.get().body().size = block.size();
        if (on.received.size() != 0)
            on.received.consume(answer.put(on.received.data(), failure));
        const std::size_t produced = block.size() - answer.get().body().size;
        if (produced != 0) {
            result<void> kept = co_await keeper.keep({block.data(), produced});
            if (!kept) {
                by_network = false;
                co_return kept;
            }
        }
        if (failure && failure != http::error::need_more && failure != http::error::need_buffer)
            co_return malformed(failure);
        if (answer.is_done() || failure != http::error::need_more)
            continue;
        result<bool> more = co_await receive_some(on, pace, watch);
        if (!more)
            co_return more.error();
        if (!*more) {
            failure = {};
            answer.put_eof(failure);
            if (failure)
                co_return error(errc::unavailable, "the connection was closed in the middle of an answer");
        }
    }
    co_return result<void>();
}

// Where a part was asked for, nothing else may reach the sink.
result<void> check_part(const wire_response& answer, const destination& to)
{
    if (!to.part_from)
        return result<void>();
    if (answer.status == 200)
        return error(errc::unsupported, "the store sends the whole of what a part was asked of");
    const std::string range = answer.header("Content-Range");
    if (answer.status == 206 && !range.starts_with("bytes " + std::to_string(*to.part_from) + '-'))
        return error(errc::failed, "what came is not the part that was asked for: " + in_quotes(range));
    // If-Match is no more than a wish to a store, or a cache before it, that does not know it.
    const std::string etag = unquoted(answer.header("ETag"));
    if (answer.status == 206 && !to.part_etag.empty() && !etag.empty() && etag != to.part_etag)
        return error(errc::conflict, "what came is a part of another object: its ETag is " + in_quotes(etag));
    return result<void>();
}

} // namespace

task<exchange_outcome> exchange_http(pooled_connection& on, const wire_request& request, destination to, pacing pace)
{
    const auto began = std::chrono::steady_clock::now();
    const auto [sent, body_failed] = co_await send_request(*on.stream, request, pace.idle);
    if (!sent && (body_failed || sent.error().code() != errc::unavailable))
        co_return exchange_outcome{sent.error(), false, false, !body_failed};

    bool silent = true;
    result<std::unique_ptr<parser>> answer =
        co_await receive_head(on, request.method == "HEAD", pace.idle + request.patience, silent);
    if (!answer) {
        // A server that had closed the connection says so at once; one that is slow has the request.
        const bool closed_before = silent && answer.error().code() == errc::unavailable &&
                                   std::chrono::steady_clock::now() - began < pace.idle;
        co_return exchange_outcome{sent ? answer.error() : sent.error(), false, closed_before, true};
    }
    parser& message = **answer;
    wire_response whole;
    whole.status = message.get().result_int();
    whole.headers = message.get().base();
    const bool success = whole.status >= 200 && whole.status < 300;
    if (const result<void> due = check_part(whole, to); !due)
        co_return exchange_outcome{due.error()};
    if (success && to.head != nullptr)
        *to.head = whole;
    message.eager(true);
    body_keeper keeper(to, success);
    bool by_network = false;
    result<void> body = co_await receive_body(on, message, keeper, pace, by_network);
    if (!body)
        co_return exchange_outcome{body.error(), false, false, by_network};

    whole.body = keeper.take();
    const bool reusable = sent && message.keep_alive() && on.received.size() == 0;
    co_return exchange_outcome{std::move(whole), reusable};
}

std::string wire_response::header(std::string_view name) const
{
    const auto place = headers.find({name.data(), name.size()});
    return place == headers.end() ? std::string() : std::string(place->value());
}

} // namespace fleetman::s3
