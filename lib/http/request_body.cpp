#include "request_body.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <array>

namespace fleetman::http {

namespace asio = boost::asio;

namespace {

// Chunk framing is parsed from here; bodies with a length go around it, straight to the reader.
constexpr std::size_t chunk_block_bytes = 65'536;

error cut_short()
{
    return {errc::unavailable, "the connection ended inside the request's body"};
}

} // namespace

request_body::request_body(incoming& from, request_parser& parser, const parsed_head& head, const server_limits& limits)
    : from_(from), parser_(parser), limits_(limits), remaining_(head.message.content_length.value_or(0)),
      chunked_(parser.chunked()), finished_(!chunked_ && remaining_ == 0),
      continue_owed_(head.expects_continue && !finished_)
{
    parser_.eager(true);
}

task<result<std::string>> request_body::read(std::size_t max)
{
    if (finished_)
        co_return std::string();
    if (failed_)
        co_return cut_short();
    if (continue_owed_) {
        result<void> said = co_await say_continue();
        if (!said)
            co_return said.error();
    }
    task<result<std::string>> next = chunked_ ? read_chunked(max) : read_counted(max);
    result<std::string> piece = co_await std::move(next);
    failed_ = piece.has_error();
    co_return piece;
}

bool request_body::worth_draining(std::uint64_t bound) const
{
    // A client that still waits for 100-continue may send its body or not; both sides cannot know (RFC 9110, 10.1.1).
    return finished_ || (!failed_ && !continue_owed_ && (chunked_ || remaining_ <= bound));
}

task<bool> request_body::drain(std::uint64_t bound)
{
    while (!finished_) {
        result<std::string> piece = co_await read(chunk_block_bytes);
        if (!piece || piece->size() > bound)
            co_return false;
        bound -= piece->size();
    }
    co_return true;
}

task<result<void>> request_body::say_continue()
{
    continue_owed_ = false;
    constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    const std::array<asio::const_buffer, 1> buffers{asio::buffer(line)};
    from_.stream.expires_after(limits_.idle_deadline);
    co_return co_await from_.stream.write(buffers);
}

task<result<std::string>> request_body::read_counted(std::size_t max)
{
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(max, remaining_)), '\0');
    std::size_t length = 0;
    if (from_.buffer.size() != 0) {
        length = asio::buffer_copy(asio::buffer(piece), from_.buffer.data());
        from_.buffer.consume(length);
    } else {
        from_.stream.expires_after(limits_.idle_deadline);
        result<std::size_t> received = co_await from_.stream.read_some(asio::buffer(piece));
        if (!received)
            co_return received.error();
        if (*received == 0)
            co_return cut_short();
        length = *received;
    }
    piece.resize(length);
    remaining_ -= length;
    finished_ = remaining_ == 0;
    co_return piece;
}

task<result<std::string>> request_body::read_chunked(std::size_t max)
{
    std::string piece(std::min(max, chunk_block_bytes), '\0');
    auto& target = parser_.get().body();
    target.data = piece.data();
    target.size = piece.size();
    for (;;) {
        boost::system::error_code failure;
        from_.buffer.consume(parser_.put(from_.buffer.data(), failure));
        piece.resize(piece.size() - target.size);
        if (failure == boost::beast::http::error::body_limit)
            co_return error(
                errc::too_large, "the body is larger than " + std::to_string(limits_.body_bytes) + " bytes");
        if (failure && failure != boost::beast::http::error::need_buffer &&
            failure != boost::beast::http::error::need_more)
            co_return error(errc::invalid, "malformed chunk: " + failure.message());
        finished_ = parser_.is_done();
        if (!piece.empty() || finished_)
            co_return piece;

        result<void> more = co_await receive(chunk_block_bytes);
        if (!more)
            co_return more.error();
        piece.resize(std::min(max, chunk_block_bytes));
        target.data = piece.data();
        target.size = piece.size();
    }
}

task<result<void>> request_body::receive(std::size_t block)
{
    // What is left unparsed here is a chunk header or trailer without its end.
    if (from_.buffer.size() > limits_.header_bytes)
        co_return error(errc::invalid, "a chunk's header or the trailer is too large");
    from_.stream.expires_after(limits_.idle_deadline);
    result<std::size_t> received = co_await from_.stream.read_some(from_.buffer.prepare(block));
    if (!received)
        co_return received.error();
    if (*received == 0)
        co_return cut_short();
    from_.buffer.commit(*received);
    co_return result<void>();
}

} // namespace fleetman::http
